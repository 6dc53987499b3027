"""Finding tasks, and writing their new values."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from fleet.db import Transaction
from fleet.db.record import Record, Stored, rewrite
from fleet.errors import NotFound
from fleet.models.task.record import TASKS

BY_ID = select(TASKS).where(TASKS.c.id == bindparam("task_id"))


def find(tx: Transaction, task_id: str) -> Row[Any]:
    """The task's row. Raises NotFound."""
    row = tx.execute(BY_ID, {"task_id": task_id}).one_or_none()
    if row is None:
        raise NotFound("TASK_NOT_FOUND", "Task not found")
    return row


def store(tx: Transaction, before: Stored, values: dict[str, Any]) -> Record:
    """Write `values` as a new edition and return the row."""
    return rewrite(tx, TASKS, before, {**values, "edition": before.edition + 1, "updated_at": tx.now})
