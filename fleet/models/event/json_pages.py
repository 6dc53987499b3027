"""Lines of activity as JSON shows them (`shapes.event`): encoded without having been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Text, bindparam, func, select

from fleet.db.moments import first_at
from fleet.db.prepared import Prepared
from fleet.models.event.activity import head
from fleet.models.event.record import EVENTS
from fleet.models.shapes import EVENT

Lines = Iterable[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Statements:
    """What one kind of list asks for: its lines, and how many there are."""

    page: Prepared
    total: Prepared


def json_page(
    connection: Connection,
    agent_id: str,
    limit: int,
    offset: int = 0,
    since: datetime | None = None,
    kind: str | None = None,
) -> tuple[Lines, int]:
    """An agent's lines, newest first, each to be encoded when its turn comes, and how many there are in all.

    `since` asks for those of that moment and later, `kind` for those of one type.
    """
    statements = made(of_agent=True, of_type=kind is not None, later=since is not None)
    values = {"agent_id": agent_id, "type": kind, "first": first(connection, since)}
    shown = statements.page.shown(connection, values | {"most": limit, "skip": offset})
    [total] = statements.total.raw(connection, values)
    return shown, total[0]


def json_newest(connection: Connection, limit: int, since: datetime | None = None) -> Lines:
    """The newest lines of all agents, or of those `since` a moment, newest first; likewise."""
    statements = made(of_agent=False, of_type=False, later=since is not None)
    return statements.page.shown(connection, {"first": first(connection, since), "most": limit, "skip": 0})


def first(connection: Connection, since: datetime | None) -> int:
    """The number of the first line of that moment or later: times have no index of their own (`fleet.db.moments`)."""
    if since is None:
        return 0
    return first_at(connection, EVENTS.c.seq, EVENTS.c.timestamp, since, 1, head(connection) + 1)


@cache
def made(*, of_agent: bool, of_type: bool, later: bool) -> Statements:
    """The statements for lines of one agent, of one type, from a number on."""
    conditions = [EVENTS.c.agent_id == bindparam("agent_id", type_=Text)] if of_agent else []
    if of_type:
        # Not the column alone: an agent has few lines, a type has many, and SQLite takes one index.
        conditions.append(func.coalesce(EVENTS.c.type, "") == bindparam("type", type_=Text))
    if later:
        conditions.append(EVENTS.c.seq >= bindparam("first", type_=Integer))
    most, skip = bindparam("most", type_=Integer), bindparam("skip", type_=Integer)
    page = select(*(EVENTS.c[name] for name in EVENT)).where(*conditions).order_by(EVENTS.c.seq.desc())
    total = select(func.count().label("total")).select_from(EVENTS).where(*conditions)
    return Statements(Prepared(page.limit(most).offset(skip)), Prepared(total))
