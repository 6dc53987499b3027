"""Finding tasks, and writing their new values."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.db.update import rewrite
from fleet.errors import NotFound
from fleet.models.task.record import TASKS

BY_ID = Prepared(select(TASKS).where(TASKS.c.id == bindparam("task_id")))


def find(tx: Transaction, task_id: str) -> Record:
    """The task's row. Raises NotFound."""
    row = BY_ID.first(tx.connection, {"task_id": task_id})
    if row is None:
        raise NotFound("TASK_NOT_FOUND", "Task not found")
    return row


def store(tx: Transaction, before: Stored, values: dict[str, Any]) -> Record:
    """Write `values` as a new edition and return the row."""
    return rewrite(tx, TASKS, before, {**values, "edition": before.edition + 1, "updated_at": tx.now})
