"""What a claim gives: a lease with a fencing number, renewed, released, ended (contract, Leases; I5, I10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, select, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.errors import Conflict, Invalid
from fleet.models import event, hold
from fleet.models.agent.record import AGENTS
from fleet.models.journal import frames
from fleet.models.task import dependencies
from fleet.models.task.record import CLAIMS, ENDED, TASKS, find, store

LEASE_DEFAULT, LEASE_SHORTEST, LEASE_LONGEST = 300, 10, 3600
UNCLAIMED = {"lease_seconds": None, "lease_expires_at": None}
BACK_IN_QUEUE = UNCLAIMED | {
    "status": "pending",
    "assigned_agent_id": None,
    "assigned_at": None,
    "started_at": None,
}

EXPIRED = Prepared(
    select(TASKS).where(TASKS.c.lease_expires_at <= bindparam("now")).limit(bindparam("most", type_=Integer))
)
END_CLAIM = Prepared(
    update(CLAIMS)
    .where(CLAIMS.c.task_id == bindparam("of"), CLAIMS.c.fence == bindparam("under"))
    .values(ended_at=bindparam("at"), ending=bindparam("how"), answer=bindparam("said"))
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a task until `expires_at`, proven by `fence`."""

    fence: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """An answer under a number that holds nothing any more: kept as evidence, changing nothing."""

    task: Stored
    fence: int


def allowed(seconds: int) -> int:
    """`seconds`, if a lease may be that long. Raises Invalid."""
    if not LEASE_SHORTEST <= seconds <= LEASE_LONGEST:
        raise Invalid("INVALID_LEASE", "A lease lasts 10 to 3600 seconds.", field="lease")
    return seconds


def renew(tx: Transaction, task_id: str, fence: int, seconds: int | None) -> tuple[Stored, Lease]:
    """Prolong a live lease, by its own length unless `seconds` says another. Raises Conflict."""
    task = held(tx, task_id, fence)
    length = allowed(seconds or task.lease_seconds or LEASE_DEFAULT)
    lease = Lease(fence, tx.now + timedelta(seconds=length))
    row = store(tx, task, {"lease_seconds": length, "lease_expires_at": lease.expires_at})
    frames.task_updated(tx, row)
    return row, lease


def release(tx: Transaction, task_id: str, fence: int | None) -> Stored:
    """Put a claimed task back into the queue; without a fence a person revokes the claim. Raises Conflict."""
    give_back_expired(tx)
    task = find(tx.connection, task_id)
    if fence is None and task.lease_expires_at is None:
        raise Conflict("TASK_NOT_CLAIMED", "Nobody holds a lease on this task.")
    if fence is not None:
        held(tx, task_id, fence)
    return give_back(tx, task, "revoked" if fence is None else "released")


def complete(tx: Transaction, task_id: str, fence: int, result: str | None) -> Stored | Late:
    """End a claimed task well. A late answer is kept and returned as Late."""
    task = still_held(tx, task_id, fence, result)
    if isinstance(task, Late):
        return task
    return finish(tx, task, {"status": "completed", "completed_at": tx.now, "result": result})


def fail(tx: Transaction, task_id: str, fence: int, reason: str | None) -> Stored | Late:
    """End a claimed task badly; it stays failed until a person opens it again."""
    task = still_held(tx, task_id, fence, reason)
    if isinstance(task, Late):
        return task
    return finish(tx, task, {"status": "failed", "failure_reason": reason})


def finish(tx: Transaction, task: Stored, values: dict[str, Any]) -> Stored:
    """Close the claim and store how the task ended."""
    close_claim(tx, task, values["status"], values.get("result") or values.get("failure_reason"))
    row = store(tx, task, UNCLAIMED | values)
    frames.task_updated(tx, row)
    if row.status == "completed":
        dependencies.refresh_dependents(tx, task.id)
    return row


def give_back_expired(tx: Transaction, limit: int = 50) -> int:
    """Return tasks whose lease has run out to the queue, at most `limit`; returns how many (I10)."""
    expired = EXPIRED.all(tx.connection, {"now": tx.now, "most": limit})
    for task in expired:
        give_back(tx, task, "expired")
        event.post(
            tx,
            task.assigned_agent_id,
            "warning",
            f"Lease ran out: {task.title}",
            {"task_id": task.id, "fence": task.fence},
        )
    return len(expired)


def give_back(tx: Transaction, task: Stored, ending: str) -> Stored:
    """Put a claimed task back into the queue."""
    close_claim(tx, task, ending)
    row = store(tx, task, BACK_IN_QUEUE)
    frames.task_updated(tx, row)
    return row


def give_back_all(tx: Transaction, agent_id: str) -> None:
    """Put what the agent was given back into the queue; ended tasks only forget who did them."""
    mine = TASKS.c.assigned_agent_id == agent_id
    for task in tx.execute(select(TASKS).where(mine, TASKS.c.status.not_in(ENDED))).all():
        if task.lease_expires_at is not None:
            close_claim(tx, task, "revoked")
        frames.task_updated(tx, store(tx, task, BACK_IN_QUEUE))
    tx.execute(update(TASKS).where(mine).values(assigned_agent_id=None))


def live_claims(tx: Transaction, agent_id: str) -> Sequence[Stored]:
    """The tasks on which the agent holds a lease."""
    mine = TASKS.c.assigned_agent_id == agent_id, TASKS.c.lease_expires_at.is_not(None)
    return tx.execute(select(TASKS).where(*mine).order_by(TASKS.c.number)).all()


def good(tx: Transaction, task: Stored, fence: int) -> bool:
    """True while `fence` holds the task: a stop ends every lease, also one that it has not come to yet."""
    mine = task.lease_expires_at is not None and task.fence == fence
    return mine and not hold.stopping(tx.connection)


def held(tx: Transaction, task_id: str, fence: int) -> Stored:
    """The task, if `fence` holds it at this moment. Raises NotFound, Conflict."""
    give_back_expired(tx)
    task = find(tx.connection, task_id)
    if not good(tx, task, fence):
        raise stale(task, fence)
    return task


def still_held(tx: Transaction, task_id: str, fence: int, answer: str | None) -> Stored | Late:
    """The task if `fence` holds it; else the late answer, stored beside the claim it belongs to."""
    give_back_expired(tx)
    task = find(tx.connection, task_id)
    if good(tx, task, fence):
        return task
    claim = tx.execute(
        update(CLAIMS)
        .where(CLAIMS.c.task_id == task_id, CLAIMS.c.fence == fence, CLAIMS.c.late_at.is_(None))
        .values(late_answer=answer or "", late_at=tx.now)
        .returning(CLAIMS.c.agent_id, CLAIMS.c.claimed_at)
    ).one_or_none()
    if claim is None:
        return Late(task, fence)
    # A later agent under the same id is told nothing (security.md 5).
    claimant = AGENTS.c.id == claim.agent_id, AGENTS.c.created_at <= claim.claimed_at
    if tx.execute(select(AGENTS.c.id).where(*claimant)).one_or_none():
        event.post(
            tx,
            claim.agent_id,
            "info",
            f"Late answer for “{task.title}”, kept as evidence",
            {"task_id": task_id, "fence": fence, "answer": answer},
        )
    return Late(task, fence)


def close_claim(tx: Transaction, task: Stored, ending: str, answer: str | None = None) -> None:
    """Write how the claim under the task's present number ended, and with which result or reason."""
    ended = {"of": task.id, "under": task.fence, "at": tx.now, "how": ending, "said": answer}
    END_CLAIM.run(tx.connection, ended)


def stale(task: Stored, fence: int) -> Conflict:
    """The error for a number that holds nothing."""
    return Conflict(
        "STALE_FENCE",
        "This claim is over; somebody else may have the task by now.",
        fence=fence,
        current_fence=task.fence,
        status=task.status,
    )
