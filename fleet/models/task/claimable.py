"""Claims: of the tasks that an agent can do and that wait for nothing, the next one, for it alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    exists,
    insert,
    select,
    union_all,
)

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models import hold
from fleet.models.agent.record import AGENTS, unknown
from fleet.models.agent.record import find as find_agent
from fleet.models.journal import frames
from fleet.models.task.leases import Lease, allowed, give_back_expired
from fleet.models.task.listed import QUEUE
from fleet.models.task.record import BY_ID, CLAIMS, REQUIREMENTS, TASKS, find, store


def _first(beyond: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Subquery:
    """The first task in the queue under these conditions that waits for nothing and is not `beyond` the agent."""
    query = select(TASKS.c.id, TASKS.c.priority_rank, TASKS.c.number)
    return query.where(*conditions, ~TASKS.c.waits, ~beyond).order_by(*QUEUE).limit(1).subquery()


def free_for(beyond: ColumnElement[bool]) -> Subquery:
    """The first task that nobody has, and that is not `beyond` the agent."""
    return _first(beyond, TASKS.c.status == "pending")


def given_to(beyond: ColumnElement[bool]) -> Subquery:
    """The first task that `agent_id` was given, and that is not `beyond` it."""
    return _first(beyond, TASKS.c.status == "assigned", TASKS.c.assigned_agent_id == bindparam("agent_id"))


def _next(beyond: ColumnElement[bool]) -> Select[Any]:
    """The next task for `agent_id`: free or given to it, waiting for nothing, and not `beyond` it."""
    # Each half reads one index in its order; an OR of the two would sort every free task.
    both = union_all(select(free_for(beyond)), select(given_to(beyond))).subquery()
    chosen = select(both.c.id).order_by(both.c.priority_rank.desc(), both.c.number).limit(1)
    return select(TASKS).where(TASKS.c.id == chosen.scalar_subquery())


Claimed = tuple[Stored, Lease]
ASKS = exists().where(REQUIREMENTS.c.task_id == TASKS.c.id)
# For an agent with `capabilities`, and for one that has none.
BEYOND = ASKS.where(REQUIREMENTS.c.capability.not_in(bindparam("capabilities", expanding=True)))
NEXT, NEXT_OF_ANY = _next(BEYOND), Prepared(_next(ASKS))
CAPABILITIES = Prepared(select(AGENTS.c.capabilities).where(AGENTS.c.id == bindparam("agent_id")))
CLAIMED = Prepared(
    insert(CLAIMS).values({name: bindparam(name) for name in ("task_id", "fence", "agent_id", "claimed_at")})
)


def able(connection: Connection, agent_id: str) -> tuple[list[str], hold.Hold | None]:
    """What an agent can do, and what keeps it from it. Raises NotFound."""
    agent = CAPABILITIES.first(connection, {"agent_id": agent_id})
    if agent is None:
        raise unknown()
    return agent.capabilities, hold.of(connection, agent_id)


def next_for(connection: Connection, agent_id: str, capabilities: list[str]) -> Stored | None:
    """The next task that this agent can do, or None."""
    if not capabilities:
        return NEXT_OF_ANY.first(connection, {"agent_id": agent_id})
    return connection.execute(NEXT, {"agent_id": agent_id, "capabilities": capabilities}).one_or_none()


def claim_next(tx: Transaction, agent_id: str, seconds: int) -> Claimed | hold.Hold | None:
    """Take the next task for `seconds`: task and lease, or what holds the agent, or None. Raises NotFound."""
    give_back_expired(tx)
    capabilities, agents_hold = able(tx.connection, agent_id)
    if agents_hold is not None:
        return agents_hold
    task = next_for(tx.connection, agent_id, capabilities)
    return None if task is None else take(tx, task, agent_id, seconds)


def claim(tx: Transaction, task_id: str, agent_id: str, seconds: int) -> Claimed:
    """Take this very task. Raises Conflict, saying why, when it cannot be taken by this agent."""
    give_back_expired(tx)
    agent = find_agent(tx.connection, agent_id)
    hold.refuse(tx.connection, agent_id)
    task = find(tx.connection, task_id)
    obstacle = why_not(task, agent_id, agent.capabilities)
    if obstacle is not None:
        raise obstacle
    return take(tx, task, agent_id, seconds)


def claim_if_possible(tx: Transaction, task_id: str, agent_id: str, seconds: int) -> Claimed | hold.Hold | None:
    """Take this very task, as `claim_next` takes the next one: None when it is not to be had any more."""
    give_back_expired(tx)
    capabilities, agents_hold = able(tx.connection, agent_id)
    if agents_hold is not None:
        return agents_hold
    task = BY_ID.first(tx.connection, {"task_id": task_id})
    if task is None or why_not(task, agent_id, capabilities) is not None:
        return None
    return take(tx, task, agent_id, seconds)


def why_not(task: Stored, agent_id: str, capabilities: list[str]) -> Conflict | None:
    """What keeps an agent with these capabilities from taking the task, or None."""
    mine = task.assigned_agent_id in (None, agent_id)
    if task.lease_expires_at is not None or not mine or task.status not in ("pending", "assigned"):
        return Conflict(
            "TASK_NOT_CLAIMABLE",
            f"The task is {task.status} and not free for this agent.",
            status=task.status,
            assigned_agent_id=task.assigned_agent_id,
        )
    if task.waits:
        return Conflict("TASK_WAITS", "The task waits for others.", waits_for=list(task.waits_for))
    missing = [c for c in task.required_capabilities if c not in capabilities]
    return (
        Conflict("MISSING_CAPABILITY", "The agent lacks what the task asks for.", missing=missing) if missing else None
    )


def take(tx: Transaction, task: Stored, agent_id: str, seconds: int) -> Claimed:
    """Give the task to the agent under the next fencing number."""
    fence = task.fence + 1
    lease = Lease(fence, tx.now + timedelta(seconds=allowed(seconds)))
    row = store(
        tx,
        task,
        {
            "status": "in_progress",
            "assigned_agent_id": agent_id,
            "fence": fence,
            "assigned_at": tx.now if task.assigned_agent_id is None else task.assigned_at,
            "started_at": tx.now,
            "lease_seconds": seconds,
            "lease_expires_at": lease.expires_at,
        },
    )
    CLAIMED.run(tx.connection, {"task_id": task.id, "fence": fence, "agent_id": agent_id, "claimed_at": tx.now})
    frames.task_assigned(tx, row)
    return row, lease
