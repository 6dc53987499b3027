"""Taking a task for an agent: what a claim meets, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from fleet.db import Transaction
from fleet.models import hold, shapes, task
from fleet.web.http.writes import write_and_respond_if_any

# What a claim meets: the answer with a task, what holds the agent, or nothing.
Met = Response | hold.Hold | None
Taken = task.Claimed | hold.Hold | None


def claim_next(agent_id: str, seconds: int) -> Met:
    """Take the next task in the queue for this agent."""
    return met(lambda tx: task.claim_next(tx, agent_id, seconds))


def claim_offered(agent_id: str, task_id: str, seconds: int) -> Met:
    """Take this very task, unless somebody else has."""
    return met(lambda tx: task.claim_if_possible(tx, task_id, agent_id, seconds))


def met(take: Callable[[Transaction], Taken]) -> Met:
    """What came of it."""
    taken: Taken = None

    def remember(tx: Transaction) -> Taken:
        nonlocal taken
        taken = take(tx)
        return taken

    answer = write_and_respond_if_any(remember, json=shape)
    return taken if isinstance(taken, hold.Hold) else answer


def refuse_hold(found: Met) -> Response | None:
    """The answer that a claim met, if any. Raises Conflict for what holds the agent."""
    if isinstance(found, hold.Hold):
        raise found.conflict()
    return found


def shape(claimed: Taken) -> dict[str, Any] | None:
    """Task and lease, as the answer to a claim has them."""
    if claimed is None or isinstance(claimed, hold.Hold):
        return None
    row, lease = claimed
    return {
        "task": shapes.task(row),
        "lease": {"fence": lease.fence, "expires_at": lease.expires_at},
    }
