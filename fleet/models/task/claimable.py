"""Claims: of the tasks that an agent can do and that wait for nothing, the next one, for it alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, insert, or_, select

from fleet.db import Transaction
from fleet.errors import Conflict, NotFound
from fleet.models import frames
from fleet.models.agent.finding import find as find_agent
from fleet.models.agent.record import AGENTS
from fleet.models.task.finding import find, store
from fleet.models.task.leased import Lease, allowed, give_back_expired
from fleet.models.task.record import CLAIMS, REQUIREMENTS, TASKS


def claimable_by(agent_id: str, capabilities: list[str]) -> Select[Any]:
    """The next task for this agent: free or given to it, waiting for nothing, within its capabilities."""
    beyond = exists().where(
        REQUIREMENTS.c.task_id == TASKS.c.id, REQUIREMENTS.c.capability.not_in(capabilities)
    )
    free = TASKS.c.status == "pending"
    mine = and_(TASKS.c.status == "assigned", TASKS.c.assigned_agent_id == agent_id)
    return (
        select(TASKS)
        .where(or_(free, mine), ~TASKS.c.waits, ~beyond)
        .order_by(TASKS.c.priority_rank.desc(), TASKS.c.number)
        .limit(1)
    )


def has_work(connection: Connection, agent_id: str, now: datetime) -> bool:
    """Look, without writing, whether a claim by this agent could find something. Raises NotFound."""
    agent = connection.execute(select(AGENTS.c.capabilities).where(AGENTS.c.id == agent_id)).one_or_none()
    if agent is None:
        raise NotFound("AGENT_NOT_FOUND", "Agent not found")
    expired = select(TASKS.c.id).where(TASKS.c.lease_expires_at <= now).limit(1)
    if connection.execute(expired).first() is not None:
        return True
    return connection.execute(claimable_by(agent_id, agent.capabilities)).first() is not None


def claim_next(tx: Transaction, agent_id: str, seconds: int) -> tuple[Row[Any], Lease] | None:
    """Take the next task for `seconds`, or None when there is nothing to take. Raises NotFound."""
    give_back_expired(tx)
    agent = find_agent(tx, agent_id)
    task = tx.execute(claimable_by(agent_id, agent.capabilities)).one_or_none()
    return None if task is None else take(tx, task, agent_id, seconds)


def claim(tx: Transaction, task_id: str, agent_id: str, seconds: int) -> tuple[Row[Any], Lease]:
    """Take this very task. Raises Conflict, saying why, when it cannot be taken by this agent."""
    give_back_expired(tx)
    agent = find_agent(tx, agent_id)
    task = find(tx, task_id)
    mine = task.assigned_agent_id in (None, agent_id)
    if task.lease_expires_at is not None or not mine or task.status not in ("pending", "assigned"):
        raise Conflict(
            "TASK_NOT_CLAIMABLE", f"The task is {task.status} and not free for this agent.",
            status=task.status, assigned_agent_id=task.assigned_agent_id,
        )  # fmt: skip
    if task.waits:
        raise Conflict("TASK_WAITS", "The task waits for others.", waits_for=list(task.waits_for))
    missing = [c for c in task.required_capabilities if c not in agent.capabilities]
    if missing:
        raise Conflict("MISSING_CAPABILITY", "The agent lacks what the task asks for.", missing=missing)
    return take(tx, task, agent_id, seconds)


def take(tx: Transaction, task: Row[Any], agent_id: str, seconds: int) -> tuple[Row[Any], Lease]:
    """Give the task to the agent under the next fencing number."""
    fence = task.fence + 1
    lease = Lease(fence, tx.now + timedelta(seconds=allowed(seconds)))
    row = store(
        tx, task,
        {
            "status": "in_progress", "assigned_agent_id": agent_id, "fence": fence,
            "assigned_at": tx.now if task.assigned_agent_id is None else task.assigned_at,
            "started_at": tx.now, "lease_seconds": seconds, "lease_expires_at": lease.expires_at,
        },
    )  # fmt: skip
    tx.execute(
        insert(CLAIMS),
        {"task_id": task.id, "fence": fence, "agent_id": agent_id, "claimed_at": tx.now},
    )
    frames.task_assigned(tx, row)
    return row, lease
