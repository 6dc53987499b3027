"""Reading the task queue: one task, lists, figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from fleet.errors import NotFound
from fleet.models.task.record import CLAIMS, TASKS

FILTERS = ("status", "priority", "assigned_agent_id")


def get(connection: Connection, task_id: str) -> Row[Any]:
    """The task's row. Raises NotFound."""
    row = connection.execute(select(TASKS).where(TASKS.c.id == task_id)).one_or_none()
    if row is None:
        raise NotFound("TASK_NOT_FOUND", "Task not found")
    return row


def page(
    connection: Connection, filters: dict[str, str], limit: int, offset: int
) -> tuple[Sequence[Row[Any]], int]:
    """Tasks that match every filter, newest created first, and how many there are in all."""
    wanted: list[ColumnElement[bool]] = [TASKS.c[name] == value for name, value in filters.items()]
    rows = connection.execute(
        select(TASKS).where(*wanted).order_by(TASKS.c.number.desc()).limit(limit).offset(offset)
    ).all()
    total = connection.execute(select(func.count()).select_from(TASKS).where(*wanted)).scalar_one()
    return rows, total


def waiting_figures(connection: Connection) -> tuple[int, int]:
    """How many tasks nobody has yet, and how many of those can start now."""
    rows = connection.execute(
        select(TASKS.c.waits, func.count()).where(TASKS.c.status == "pending").group_by(TASKS.c.waits)
    )
    by_waits = {bool(waits): count for waits, count in rows}
    return sum(by_waits.values()), by_waits.get(False, 0)


def claims(connection: Connection, task_id: str) -> Sequence[Row[Any]]:
    """Every claim of a task, oldest first, with how it ended and what came too late."""
    get(connection, task_id)
    return connection.execute(
        select(CLAIMS).where(CLAIMS.c.task_id == task_id).order_by(CLAIMS.c.fence)
    ).all()
