"""Reading the audit backwards from any entry, under a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from fleet.db.long_reads import long
from fleet.db.moments import first_at
from fleet.db.words import mentions
from fleet.models.audit.chain import ends
from fleet.models.audit.record import AUDIT, DEED, REFUSED

# An index on what is asked for would cost every write a page of it. So ids are looked for in so many
# entries at a time, words in fewer: either way a read takes a few milliseconds.
LOOKED_THROUGH, READ_THROUGH = 40_000, 10_000
WORDS_MOST = 8
TIMES = (AUDIT.c.seq, AUDIT.c.at)
WORDED = (
    AUDIT.c.actor_name,
    AUDIT.c.subject_name,
    AUDIT.c.action,
    AUDIT.c.result,
    AUDIT.c.address,
    AUDIT.c.request_id,
    AUDIT.c.subject_id,
    AUDIT.c.part_id,
    AUDIT.c.fields,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for, and the actions that it speaks of (`paused` of `pauses.create`)."""

    text: str
    actions: frozenset[str] = frozenset()

    @property
    def condition(self) -> ColumnElement[bool]:
        """Where it occurs, as SQL."""
        places = [mentions(column, self.text) for column in WORDED]
        return or_(*places, AUDIT.c.action.in_(sorted(self.actions))) if self.actions else or_(*places)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; None stands for "any".

    `actor` is an id (a person's finds what their tokens did, too) or a kind of
    actor, `subject` an id, `until` a moment before which all is asked for. Every
    one of `words` must occur somewhere. Without `progress` what agents and
    programs merely report of their work is left out (`record.DEED`).
    """

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    refused: bool = False
    since: datetime | None = None
    until: datetime | None = None
    words: Sequence[Word] = ()
    progress: bool = True

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL, times and progress aside."""
        conditions: list[ColumnElement[bool]] = []
        if self.actor is not None:
            columns = (AUDIT.c.actor_id, AUDIT.c.person_id, AUDIT.c.actor_kind)
            conditions.append(or_(*(column == self.actor for column in columns)))
        if self.action is not None:
            conditions.append(AUDIT.c.action == self.action)
        if self.subject is not None:
            conditions.append(or_(AUDIT.c.subject_id == self.subject, AUDIT.c.part_id == self.subject))
        if self.refused:
            conditions.append(REFUSED)  # type: ignore[arg-type]  # word for word as its index has it
        return conditions + [word.condition for word in self.words[:WORDS_MOST]]

    @property
    def only_deeds(self) -> bool:
        """True when progress has to be left out; a refusal never is progress, and has its own index."""
        return not self.progress and not self.refused

    @property
    def most(self) -> int | None:
        """How many entries one read looks through; None where an index leads to them all."""
        if self.words:
            return READ_THROUGH
        return LOOKED_THROUGH if self.actor or self.action or self.subject else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries, newest first, and the number before which to go on; None at the beginning.

    `hidden` says how many more match among them, but are mere progress; `hidden_more`
    that these are only those that were counted.
    """

    rows: Sequence[Row[Any]]
    before: int | None
    hidden: int = 0
    hidden_more: bool = False


def stretch(connection: Connection, filters: Filter, limit: int, before: int | None = None) -> Stretch:
    """At most `limit` entries older than the number `before` (the newest without one).

    A search looks through a bounded stretch of numbers; it may bring fewer
    entries, even none, while `before` says that there is more to look through.
    """
    chain_ends = ends(connection)
    last = chain_ends.head.seq + 1 if before is None else min(before, chain_ends.head.seq + 1)
    first = chain_ends.floor.seq + 1
    if filters.until is not None:
        last = min(last, first_at(connection, *TIMES, filters.until, first, chain_ends.head.seq + 1))
    if filters.since is not None:
        first = first_at(connection, *TIMES, filters.since, first, chain_ends.head.seq + 1)
    low = lowest(connection, filters, first, last)
    window = (AUDIT.c.seq < last, AUDIT.c.seq >= low, *((DEED,) if filters.only_deeds else ()))
    query = select(AUDIT).where(*window, *filters.conditions()).order_by(AUDIT.c.seq.desc())
    rows = connection.execute(long(query.limit(limit + 1))).all()
    if len(rows) > limit:
        rows, low = rows[:limit], rows[limit - 1].seq
        return Stretch(rows, low, *hidden(connection, filters, rows, low, last))
    return Stretch(rows, low if low > first else None, *hidden(connection, filters, rows, low, last))


def lowest(connection: Connection, wanted: Filter, first: int, last: int) -> int:
    """The first number that one read looks at, from `first` on and before `last`."""
    if wanted.most is None:
        return first
    if not wanted.only_deeds:
        return max(first, last - wanted.most)
    deeds = select(AUDIT.c.seq).where(AUDIT.c.seq < last, AUDIT.c.seq >= first, DEED).order_by(AUDIT.c.seq.desc())
    return connection.execute(long(deeds.offset(wanted.most).limit(1))).scalar() or first


def hidden(connection: Connection, wanted: Filter, rows: Sequence[Row[Any]], low: int, last: int) -> tuple[int, bool]:
    """How many entries from `low` on and before `last` match but are progress; True when there may be more.

    Numbers have no gaps, so that nothing is counted where only times narrow it.
    Anything else is counted among the newest entries only.
    """
    if not wanted.only_deeds:
        return 0, False
    if wanted.most is None:
        return max(0, last - low) - len(rows), False
    counted = max(low, last - wanted.most)
    matching = select(func.count()).where(AUDIT.c.seq < last, AUDIT.c.seq >= counted, *wanted.conditions())
    total = connection.execute(long(matching.select_from(AUDIT))).scalar_one()
    return total - sum(row.seq >= counted for row in rows), counted > low
