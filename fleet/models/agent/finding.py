"""Finding one agent inside a write."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record
from fleet.errors import NotFound
from fleet.models.agent.record import AGENTS

BY_ID = Prepared(select(AGENTS).where(AGENTS.c.id == bindparam("agent_id")))
KNOWN = Prepared(select(AGENTS.c.id).where(AGENTS.c.id == bindparam("agent_id")))


def unknown() -> NotFound:
    """The error for an agent that is not there."""
    return NotFound("AGENT_NOT_FOUND", "Agent not found")


def find(tx: Transaction, agent_id: str) -> Record:
    """The agent's row. Raises NotFound."""
    row = BY_ID.first(tx.connection, {"agent_id": agent_id})
    if row is None:
        raise unknown()
    return row


def require(tx: Transaction, agent_id: str) -> None:
    """Raise NotFound unless there is such an agent."""
    if KNOWN.first(tx.connection, {"agent_id": agent_id}) is None:
        raise unknown()
