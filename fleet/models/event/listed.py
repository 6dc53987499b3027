"""Reading activity: the newest lines, single ones, how many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from fleet.models.event.record import EVENTS, NAMED


def page(
    connection: Connection, limit: int, offset: int = 0, since: datetime | None = None, **wanted: str | None
) -> tuple[Sequence[Row[Any]], int]:
    """Lines with their agents' names, newest first, and how many there are in all.

    `since` asks for those of that moment and later; `wanted` may name an `agent_id` and a `type`.
    """
    conditions = [EVENTS.c[name] == value for name, value in wanted.items() if value is not None]
    if since is not None:
        conditions.append(EVENTS.c.timestamp >= since)
    rows = connection.execute(NAMED.where(*conditions).order_by(EVENTS.c.seq.desc()).limit(limit).offset(offset)).all()
    total = select(func.count()).select_from(EVENTS).where(*conditions)
    return rows, connection.execute(total).scalar_one()


def by_ids(connection: Connection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """These lines, oldest first: the order in which a stream brings them."""
    return connection.execute(NAMED.where(EVENTS.c.id.in_(ids)).order_by(EVENTS.c.seq)).all()


def count(connection: Connection, kind: str, since: datetime) -> int:
    """How many lines of this type there are since a moment."""
    query = select(func.count()).where(EVENTS.c.type == kind, EVENTS.c.timestamp >= since)
    return connection.execute(query).scalar_one()
