"""Deleting an agent and all that belongs to it."""

from __future__ import annotations

from sqlalchemy import delete

from fleet.db import Transaction
from fleet.models import agent, task, token
from fleet.models.agent import lodging
from fleet.models.agent.record import AGENTS
from fleet.models.hold import acknowledgements
from fleet.models.journal import frames


def remove(tx: Transaction, agent_id: str) -> None:
    """Delete the agent, its todos, commands and events; its open tasks go back to the queue.

    A later agent under the same id (document 4 derives ids) inherits nothing
    (security.md 5). Raises NotFound.
    """
    gone = agent.find(tx.connection, agent_id)
    task.give_back_all(tx, agent_id)
    acknowledgements.by_deletion(tx, agent_id)
    tx.execute(delete(AGENTS).where(AGENTS.c.id == agent_id))
    if gone.kind == "host":
        lodging.settle(tx, gone)
    token.end_keys(tx, agent_id)
    frames.agent_deleted(tx, agent_id)
