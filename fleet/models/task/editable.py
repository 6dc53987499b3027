"""Editing and deleting tasks (document 1's PATCH, DELETE)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models.agent.record import find as find_agent
from fleet.models.editions import expect
from fleet.models.hold import withheld_frames
from fleet.models.journal import frames
from fleet.models.task import dependencies, leases
from fleet.models.task.creation import require_capabilities, unique
from fleet.models.task.record import ENDED, PRIORITIES, TASKS, find, store

# From a status, the ones that an edit may set. Ended tasks are opened again first.
NEXT = {
    "pending": ("assigned", "in_progress", "completed", "failed"),
    "assigned": ("pending", "in_progress", "completed", "failed"),
    "in_progress": ("pending", "assigned", "completed", "failed"),
    "completed": ("pending",),
    "failed": ("pending",),
}
# An open task's figures, after a return to the queue.
OPEN: dict[str, Any] = {
    "assigned_agent_id": None,
    "assigned_at": None,
    "started_at": None,
    "completed_at": None,
    "lease_seconds": None,
    "lease_expires_at": None,
    "result": None,
    "failure_reason": None,
}


def edit(tx: Transaction, task_id: str, changes: dict[str, Any], if_match: str | None = None) -> Stored:
    """Apply a partial edit. Raises NotFound, Stale, and Conflict for what the state forbids."""
    leases.give_back_expired(tx)
    before = find(tx.connection, task_id)
    expect(before, if_match)
    again = before.status in ENDED and changes.get("status") == "pending"
    # What is opened again is given to somebody anew, though it may be the agent that had it.
    new = {k: v for k, v in changes.items() if getattr(before, k) != v or (again and k == "assigned_agent_id")}
    if not new:
        return before
    if "assigned_agent_id" in new:
        new = reassign(tx, before, new, may_take=again or if_match is not None)
    values = new | moved(tx, before, new)
    values |= relisted(tx, before, new)
    row = store(tx, before, values)
    if before.lease_expires_at is not None and row.lease_expires_at is None:
        leases.close_claim(tx, before, "revoked")
    if row.assigned_agent_id is not None and (again or row.assigned_agent_id != before.assigned_agent_id):
        withheld_frames.announce_assignment(tx, row)
    else:
        frames.task_updated(tx, row)
    if "completed" in (before.status, row.status) and before.status != row.status:
        dependencies.refresh_dependents(tx, task_id)
    return row


def remove(tx: Transaction, task_id: str) -> None:
    """Delete a task; anybody who waited for it waits no longer. Raises NotFound."""
    find(tx.connection, task_id)
    dependencies.forget(tx, task_id)
    tx.execute(delete(TASKS).where(TASKS.c.id == task_id))
    frames.task_deleted(tx, task_id)


def reassign(tx: Transaction, before: Stored, new: dict[str, Any], *, may_take: bool) -> dict[str, Any]:
    """`new` with the status that follows from a new assignee.

    Two agents never take one task: anybody who is not first gets a Conflict, unless
    the edit names the edition that it replaces, or opens the task again.
    """
    assignee = new["assigned_agent_id"]
    refuse_while_claimed(before)
    if assignee is None:
        return {"status": "pending"} | new if before.status not in ENDED else new
    find_agent(tx.connection, assignee)
    if before.assigned_agent_id is not None and not may_take:
        raise Conflict(
            "TASK_ALREADY_ASSIGNED",
            "Another agent has this task; unassign it first, or edit with If-Match.",
            assigned_agent_id=before.assigned_agent_id,
        )
    follow = {"assigned_at": tx.now}
    if before.status == "pending":
        return {"status": "assigned"} | new | follow
    return new | follow


def moved(tx: Transaction, before: Stored, new: dict[str, Any]) -> dict[str, Any]:
    """What follows from a new status. Raises Conflict for a move that the state forbids."""
    status = new.get("status", before.status)
    if status == before.status:
        return {}
    refuse_while_claimed(before)
    if status not in NEXT[before.status]:
        sentence = f"A {before.status} task cannot become {status}.".replace("_", " ")
        raise Conflict("INVALID_TRANSITION", sentence, field="status")
    if status == "pending":
        # An ended task was not told what became of those that it waited for.
        waits_for = dependencies.unfinished(tx, before.depends_on)
        opened = OPEN | {"waits_for": waits_for, "waits": bool(waits_for)}
        return opened | given_at_once(tx, new)
    if status in ("assigned", "in_progress"):
        if new.get("assigned_agent_id", before.assigned_agent_id) is None:
            raise Conflict("TASK_UNASSIGNED", "Nobody has this task; assign it first.", field="status")
        if status == "in_progress" and before.waits:
            raise Conflict("TASK_WAITS", "The task waits for others.", waits_for=list(before.waits_for))
        return {"started_at": tx.now} if status == "in_progress" else {}
    return {"completed_at": tx.now if status == "completed" else None}


def given_at_once(tx: Transaction, new: dict[str, Any]) -> dict[str, Any]:
    """An edit that opens a task again may give it to somebody in the same breath."""
    assignee = new.get("assigned_agent_id")
    if assignee is None:
        return {}
    return {"status": "assigned", "assigned_agent_id": assignee, "assigned_at": tx.now}


def relisted(tx: Transaction, before: Stored, new: dict[str, Any]) -> dict[str, Any]:
    """What follows from new dependencies, capabilities, labels or another priority."""
    values: dict[str, Any] = {}
    if "priority" in new:
        values["priority_rank"] = PRIORITIES.index(new["priority"])
    if "labels" in new:
        values["labels"] = unique(new["labels"])
    if "depends_on" in new:
        needs = unique(new["depends_on"])
        waits_for = dependencies.unfinished(tx, needs)
        dependencies.depend(tx, before.id, needs)
        values |= {"depends_on": needs, "waits_for": waits_for, "waits": bool(waits_for)}
    if "required_capabilities" in new:
        values["required_capabilities"] = unique(new["required_capabilities"])
        require_capabilities(tx, before.id, values["required_capabilities"])
    return values


def refuse_while_claimed(before: Stored) -> None:
    """Raise Conflict while somebody holds a live lease."""
    if before.lease_expires_at is not None:
        raise Conflict(
            "TASK_CLAIMED",
            "An agent holds a lease on this task: it must release, complete or fail it, or be made to give it back.",
            agent_id=before.assigned_agent_id,
            expires_at=before.lease_expires_at,
        )
