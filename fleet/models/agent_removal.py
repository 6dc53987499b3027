"""Deleting an agent and all that belongs to it."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from fleet.db import Transaction
from fleet.models import frames, token
from fleet.models.agent.finding import require
from fleet.models.agent.record import AGENTS
from fleet.models.stop import acknowledging
from fleet.models.task import leases
from fleet.models.task.finding import store
from fleet.models.task.record import ENDED, TASKS


def remove(tx: Transaction, agent_id: str) -> None:
    """Delete the agent, its todos, commands and events; its open tasks go back to the queue.

    A later agent under the same id (document 4 derives ids) inherits nothing
    (security.md 5). Raises NotFound.
    """
    require(tx, agent_id)
    return_tasks(tx, agent_id)
    acknowledging.by_deletion(tx, agent_id)
    tx.execute(delete(AGENTS).where(AGENTS.c.id == agent_id))
    token.end_keys(tx, agent_id)
    frames.agent_deleted(tx, agent_id)


def return_tasks(tx: Transaction, agent_id: str) -> None:
    """Put what the agent was given back into the queue; ended tasks only forget who did them."""
    mine = TASKS.c.assigned_agent_id == agent_id
    for task in tx.execute(select(TASKS).where(mine, TASKS.c.status.not_in(ENDED))).all():
        if task.lease_expires_at is not None:
            leases.close_claim(tx, task, "revoked")
        frames.task_updated(tx, store(tx, task, leases.BACK_IN_QUEUE))
    tx.execute(update(TASKS).where(mine).values(assigned_agent_id=None))
