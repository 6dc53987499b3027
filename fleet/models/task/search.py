"""Tasks as a person looks for them: by number, title or what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, select

from fleet.db.long_reads import long
from fleet.db.words import mentions
from fleet.models.agent.record import AGENTS
from fleet.models.task.filter import Filter
from fleet.models.task.record import ENDED, TASKS

SHORT: Select[*tuple[Any, ...]] = select(
    TASKS.c.id,
    TASKS.c.number,
    TASKS.c.title,
    TASKS.c.status,
    TASKS.c.assigned_agent_id,
    TASKS.c.lease_expires_at,
    TASKS.c.failure_reason,
    AGENTS.c.name.label("agent_name"),
).outerjoin(AGENTS, AGENTS.c.id == TASKS.c.assigned_agent_id)


def search(connection: Connection, words: str, limit: int, *, free: bool = False) -> Sequence[Row[Any]]:
    """Tasks that mention every word: the one with this number, then titles, then open before ended.

    `free` asks for those that nobody has. No words match all.
    """
    conditions = Filter(words=words or None, status="pending" if free else None).conditions()
    titled = and_(True, *(mentions(TASKS.c.title, word) for word in words.split()[:8]))
    closeness = case((titled, 0), else_=1)
    number = words.strip().removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 10:
        closeness = case((TASKS.c.number == int(number), 0), (titled, 1), else_=2)
    over = case((TASKS.c.status.in_(ENDED), 1), else_=0)
    found = SHORT.where(*conditions).order_by(closeness, over, TASKS.c.number.desc()).limit(limit)
    return connection.execute(long(found)).all()


def by_number(connection: Connection, number: int) -> Row[Any] | None:
    """The task with this number."""
    return connection.execute(SHORT.where(TASKS.c.number == number)).one_or_none()
