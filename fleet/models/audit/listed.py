"""Reading the audit backwards from any entry, under a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from fleet.models.audit.chain import ends
from fleet.models.audit.record import AUDIT, REFUSED

# An index on what is asked for would cost every write a page of it. So ids are looked for in so many
# entries at a time, words in fewer: either way a read takes a few milliseconds.
LOOKED_THROUGH, READ_THROUGH = 40_000, 10_000
WORDS_MOST = 8
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
        places = [column.icontains(self.text, autoescape=True) for column in WORDED]
        return or_(*places, AUDIT.c.action.in_(sorted(self.actions))) if self.actions else or_(*places)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; None stands for "any".

    `actor` is an id (a person's finds what their tokens did, too) or a kind of
    actor, `subject` an id, `until` a moment before which all is asked for. Every
    one of `words` must occur somewhere.
    """

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    refused: bool = False
    since: datetime | None = None
    until: datetime | None = None
    words: Sequence[Word] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL, times aside."""
        found: list[ColumnElement[bool]] = []
        if self.actor is not None:
            columns = (AUDIT.c.actor_id, AUDIT.c.person_id, AUDIT.c.actor_kind)
            found.append(or_(*(column == self.actor for column in columns)))
        if self.action is not None:
            found.append(AUDIT.c.action == self.action)
        if self.subject is not None:
            found.append(or_(AUDIT.c.subject_id == self.subject, AUDIT.c.part_id == self.subject))
        if self.refused:
            found.append(REFUSED)  # type: ignore[arg-type]  # word for word as its index has it
        return found + [word.condition for word in self.words[:WORDS_MOST]]

    @property
    def most(self) -> int | None:
        """How many entries one read looks through; None where an index leads to them all."""
        if self.words:
            return READ_THROUGH
        return LOOKED_THROUGH if self.actor or self.action or self.subject else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries, newest first, and the number before which to go on; None at the beginning."""

    rows: Sequence[Row[Any]]
    before: int | None


def stretch(connection: Connection, wanted: Filter, limit: int, before: int | None = None) -> Stretch:
    """At most `limit` entries older than the number `before` (the newest without one).

    A search looks through a bounded stretch of numbers; it may bring fewer
    entries, even none, while `before` says that there is more to look through.
    """
    found = ends(connection)
    last = found.head.seq + 1 if before is None else before
    first = found.floor.seq + 1
    if wanted.until is not None:
        last = min(last, first_at(connection, wanted.until, first, found.head.seq + 1))
    if wanted.since is not None:
        first = first_at(connection, wanted.since, first, found.head.seq + 1)
    floor = first if wanted.most is None else max(first, last - wanted.most)
    window = (AUDIT.c.seq < last, AUDIT.c.seq >= floor)
    query = select(AUDIT).where(*window, *wanted.conditions()).order_by(AUDIT.c.seq.desc())
    rows = connection.execute(query.limit(limit + 1)).all()
    if len(rows) > limit:
        return Stretch(rows[:limit], rows[limit - 1].seq)
    return Stretch(rows, floor if floor > first else None)


def first_at(connection: Connection, moment: datetime, low: int, high: int) -> int:
    """The first entry's number from `moment` on; `high` when there is none.

    Found by halving: times rise with numbers, but for a clock that was set back.
    An index on them would cost every write something, and this a millisecond.
    """
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(select(AUDIT.c.at).where(AUDIT.c.seq == middle)).scalar()
        if at is not None and at < moment:
            low = middle + 1
        else:
            high = middle
    return low
