"""Activity under a filter: backwards from any line, and what of the news belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from fleet.db.long_reads import long
from fleet.db.moments import first_at
from fleet.db.words import mentions
from fleet.models.agent.record import AGENTS
from fleet.models.event.record import EVENTS, NAMED

# Words are looked for in so many lines at a time: a read stays short however rare they are.
LOOKED_THROUGH = 10_000
TYPES_MOST = 40
WORDS_MOST = 8
TIMES = (EVENTS.c.seq, EVENTS.c.timestamp)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are asked for; None stands for "any".

    `words` must all occur in the message or in the agent's name; `until` is a
    moment before which all is asked for.
    """

    agent_id: str | None = None
    type: str | None = None
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL, times aside."""
        conditions: list[ColumnElement[bool]] = []
        if self.agent_id is not None:
            conditions.append(EVENTS.c.agent_id == self.agent_id)
        if self.type is not None and self.agent_id is None:
            conditions.append(EVENTS.c.type == self.type)
        elif self.type is not None:
            # Not the column alone: an agent has few lines, a type has many, and SQLite takes one index.
            conditions.append(func.coalesce(EVENTS.c.type, "") == self.type)
        words = (self.words or "").split()[:WORDS_MOST]
        return conditions + [or_(mentions(EVENTS.c.message, word), mentions(AGENTS.c.name, word)) for word in words]

    def times(self) -> list[ColumnElement[bool]]:
        """Its times as SQL, for few lines: no index leads by them."""
        since = [] if self.since is None else [EVENTS.c.timestamp >= self.since]
        return since if self.until is None else [*since, EVENTS.c.timestamp < self.until]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines, newest first, and the number before which to go on; None at the beginning of time."""

    rows: Sequence[Row[Any]]
    before: int | None


def stretch(connection: Connection, filters: Filter, limit: int, before: int | None = None) -> Stretch:
    """At most `limit` lines older than the number `before` (the newest without one).

    A search for words looks through LOOKED_THROUGH numbers at most; it may bring
    fewer lines, even none, while `before` says that there is more to look through.
    """
    first, last = bounds(connection, filters, before)
    low = max(first, last - LOOKED_THROUGH) if filters.words else first
    window = (EVENTS.c.seq < last, EVENTS.c.seq >= low)
    query = NAMED.where(*filters.conditions(), *window).order_by(EVENTS.c.seq.desc())
    rows = connection.execute(long(query.limit(limit + 1))).all()
    if len(rows) > limit:
        return Stretch(rows[:limit], rows[limit - 1].seq)
    return Stretch(rows, low if low > first else None)


def bounds(connection: Connection, wanted: Filter, before: int | None) -> tuple[int, int]:
    """The first number that the times ask for, and the one before which all is asked for."""
    end = head(connection) + 1
    first, last = 1, end if before is None else before
    if wanted.until is not None:
        last = min(last, first_at(connection, *TIMES, wanted.until, first, end))
    if wanted.since is not None:
        first = first_at(connection, *TIMES, wanted.since, first, end)
    return first, last


def matching(connection: Connection, filters: Filter, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Those of the lines `ids` that match, oldest first: the order in which a stream brings them."""
    query = NAMED.where(EVENTS.c.id.in_(ids), *filters.conditions(), *filters.times())
    return connection.execute(query.order_by(EVENTS.c.seq)).all()


def head(connection: Connection) -> int:
    """The newest line's number; 0 when there is none."""
    return connection.execute(select(func.max(EVENTS.c.seq))).scalar() or 0


def types(connection: Connection) -> list[str]:
    """The types that there are, in alphabetical order, at most TYPES_MOST.

    Each is looked up behind the last one in the index: a DISTINCT would read all of it.
    """
    first = select(func.min(EVENTS.c.type).label("type")).cte("types", recursive=True)
    following = select(func.min(EVENTS.c.type)).where(EVENTS.c.type > first.c.type).scalar_subquery()
    each = first.union_all(select(following).where(first.c.type.is_not(None)))
    rows = connection.execute(select(each.c.type).where(each.c.type.is_not(None)).limit(TYPES_MOST))
    return sorted(row.type for row in rows)
