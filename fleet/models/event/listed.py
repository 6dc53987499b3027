"""Reading activity: the newest lines, single ones, how many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from fleet.models.event.record import EVENTS, NAMED


def page(connection: Connection, agent_id: str, limit: int, offset: int = 0) -> tuple[Sequence[Row[Any]], int]:
    """An agent's lines with its name, newest first, and how many there are in all."""
    mine = EVENTS.c.agent_id == agent_id
    rows = connection.execute(NAMED.where(mine).order_by(EVENTS.c.seq.desc()).limit(limit).offset(offset)).all()
    return rows, connection.execute(select(func.count()).select_from(EVENTS).where(mine)).scalar_one()


def by_ids(connection: Connection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """These lines, oldest first: the order in which a stream brings them."""
    return connection.execute(NAMED.where(EVENTS.c.id.in_(ids)).order_by(EVENTS.c.seq)).all()


def count(connection: Connection, kind: str, since: datetime) -> int:
    """How many lines of this type there are since a moment."""
    query = select(func.count()).where(EVENTS.c.type == kind, EVENTS.c.timestamp >= since)
    return connection.execute(query).scalar_one()
