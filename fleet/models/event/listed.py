"""Reading activity: the newest lines, single ones, how many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from fleet.db.moments import first_at
from fleet.models.event.activity import head
from fleet.models.event.record import EVENTS, NAMED


def page(
    connection: Connection,
    agent_id: str,
    limit: int,
    offset: int = 0,
    since: datetime | None = None,
    kind: str | None = None,
) -> tuple[Sequence[Row[Any]], int]:
    """An agent's lines with its name, newest first, and how many there are in all.

    `since` asks for those of that moment and later, `kind` for those of one type.
    """
    conditions = [EVENTS.c.agent_id == agent_id, *from_moment(connection, since)]
    if kind is not None:
        # Not the column alone: an agent has few lines, a type has many, and SQLite takes one index.
        conditions.append(func.coalesce(EVENTS.c.type, "") == kind)
    rows = connection.execute(NAMED.where(*conditions).order_by(EVENTS.c.seq.desc()).limit(limit).offset(offset)).all()
    total = select(func.count()).select_from(EVENTS).where(*conditions)
    return rows, connection.execute(total).scalar_one()


def newest(connection: Connection, limit: int, since: datetime | None = None) -> Sequence[Row[Any]]:
    """The newest lines of all agents, or of those `since` a moment, newest first."""
    query = NAMED.where(*from_moment(connection, since)).order_by(EVENTS.c.seq.desc())
    return connection.execute(query.limit(limit)).all()


def from_moment(connection: Connection, since: datetime | None) -> list[ColumnElement[bool]]:
    """Lines of that moment and later, by their numbers: times have no index of their own (`fleet.db.moments`)."""
    if since is None:
        return []
    return [EVENTS.c.seq >= first_at(connection, EVENTS.c.seq, EVENTS.c.timestamp, since, 1, head(connection) + 1)]


def by_ids(connection: Connection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """These lines, oldest first: the order in which a stream brings them."""
    return connection.execute(NAMED.where(EVENTS.c.id.in_(ids)).order_by(EVENTS.c.seq)).all()


def count(connection: Connection, kind: str, since: datetime) -> int:
    """How many lines of this type there are since a moment."""
    query = select(func.count()).where(EVENTS.c.type == kind, EVENTS.c.timestamp >= since)
    return connection.execute(query).scalar_one()
