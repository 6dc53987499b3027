"""Whose a claim is or was: what an agent's own key is held to (security.md 4, 5)."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.errors import Forbidden
from fleet.models.agent.record import AGENTS
from fleet.models.task.record import CLAIMS, TASKS

# A later agent under a deleted one's id inherits no claim.
OWN = (AGENTS.c.id == CLAIMS.c.agent_id) & (AGENTS.c.created_at <= CLAIMS.c.claimed_at)

CLAIMANT = Prepared(
    select(CLAIMS.c.agent_id)
    .join(AGENTS, OWN)
    .where(CLAIMS.c.task_id == bindparam("task"), CLAIMS.c.fence == bindparam("under"))
)


def had(connection: Connection, task_id: str, agent_id: str) -> bool:
    """True when the agent was given the task, or has ever claimed it."""
    claim = select(CLAIMS.c.task_id).join(AGENTS, OWN).where(CLAIMS.c.task_id == task_id, CLAIMS.c.agent_id == agent_id)
    if connection.execute(claim.limit(1)).first() is not None:
        return True
    given = select(TASKS.c.id).where(TASKS.c.id == task_id, TASKS.c.assigned_agent_id == agent_id)
    return connection.execute(given).first() is not None


def claimant(connection: Connection, task_id: str, fence: int) -> str | None:
    """The agent that made the claim under `fence`, if it is there."""
    found = CLAIMANT.first(connection, {"task": task_id, "under": fence})
    return found.agent_id if found is not None else None


def require_claimant(tx: Transaction, task_id: str, fence: int, agent_id: str | None) -> None:
    """Raise Forbidden unless the agent made the claim under `fence`; for None anybody may speak of it.

    Fences are small numbers: without this, one agent could end another's claim.
    """
    if agent_id is None:
        return
    claim = (
        select(CLAIMS.c.agent_id)
        .join(AGENTS, OWN)
        .where(CLAIMS.c.task_id == task_id, CLAIMS.c.fence == fence, CLAIMS.c.agent_id == agent_id)
    )
    if tx.execute(claim).first() is None:
        raise Forbidden("NOT_YOUR_CLAIM", "This key's agent did not make that claim.")
