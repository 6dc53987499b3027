"""Tasks that wait for others: what for, and when no longer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.errors import Invalid
from fleet.models.journal import frames
from fleet.models.task.record import DEPENDENCIES, ENDED, TASKS, store

OPEN_DEPENDENTS = Prepared(
    select(TASKS)
    .join(DEPENDENCIES, DEPENDENCIES.c.task_id == TASKS.c.id)
    .where(DEPENDENCIES.c.needs_id == bindparam("task_id"), *(TASKS.c.status != ended for ended in ENDED))
    .order_by(TASKS.c.number)
)


def unfinished(tx: Transaction, task_ids: Sequence[str]) -> list[str]:
    """Those of `task_ids` that are not completed, in the given order.

    Raises Invalid when one of them does not exist.
    """
    if not task_ids:
        return []
    rows = tx.execute(select(TASKS.c.id, TASKS.c.status).where(TASKS.c.id.in_(task_ids)))
    status = {row.id: row.status for row in rows}
    for place, task_id in enumerate(task_ids):
        if task_id not in status:
            raise Invalid("INVALID_DEPENDS_ON", "There is no such task to wait for.", field=f"depends_on[{place}]")
    return [task_id for task_id in task_ids if status[task_id] != "completed"]


def depend(tx: Transaction, task_id: str, needs: Sequence[str]) -> None:
    """Store what `task_id` waits for. Raises Invalid when that closes a circle."""
    if reaches(tx, needs, task_id):
        raise Invalid("DEPENDENCY_CYCLE", "A task cannot wait for itself, however far around.", field="depends_on")
    tx.execute(delete(DEPENDENCIES).where(DEPENDENCIES.c.task_id == task_id))
    if needs:
        tx.execute(insert(DEPENDENCIES), [{"task_id": task_id, "needs_id": need} for need in needs])


def reaches(tx: Transaction, start: Sequence[str], goal: str) -> bool:
    """True when `goal` is among `start` or what they wait for, directly or not."""
    seen: set[str] = set()
    front = set(start)
    while front:
        if goal in front:
            return True
        seen |= front
        rows = tx.execute(select(DEPENDENCIES.c.needs_id).where(DEPENDENCIES.c.task_id.in_(front)))
        front = {row.needs_id for row in rows} - seen
    return False


def refresh_dependents(tx: Transaction, task_id: str) -> None:
    """Say anew what those wait for that wait, or waited, for `task_id`; ended ones stay as they are."""
    for row in OPEN_DEPENDENTS.all(tx.connection, {"task_id": task_id}):
        refresh(tx, row, unfinished(tx, row.depends_on))


def forget(tx: Transaction, task_id: str) -> None:
    """Nobody waits for `task_id` any more: it is about to be deleted."""
    rows = tx.execute(
        select(TASKS).join(DEPENDENCIES, DEPENDENCIES.c.task_id == TASKS.c.id).where(DEPENDENCIES.c.needs_id == task_id)
    ).all()
    for row in rows:
        left = [need for need in row.depends_on if need != task_id]
        waits_for = [need for need in row.waits_for if need != task_id]
        changed = store(tx, row, {"depends_on": left, "waits_for": waits_for, "waits": bool(waits_for)})
        frames.task_updated(tx, changed)


def refresh(tx: Transaction, row: Stored, waits_for: list[str]) -> None:
    """Store and announce what a task waits for, if that is news."""
    if waits_for != row.waits_for:
        changed = store(tx, row, {"waits_for": waits_for, "waits": bool(waits_for)})
        frames.task_updated(tx, changed)
