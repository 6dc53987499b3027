"""Finding one agent inside a write."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from fleet.db import Transaction
from fleet.errors import NotFound
from fleet.models.agent.record import AGENTS

BY_ID = select(AGENTS).where(AGENTS.c.id == bindparam("agent_id"))
KNOWN = select(AGENTS.c.id).where(AGENTS.c.id == bindparam("agent_id"))


def unknown() -> NotFound:
    """The error for an agent that is not there."""
    return NotFound("AGENT_NOT_FOUND", "Agent not found")


def find(tx: Transaction, agent_id: str) -> Row[Any]:
    """The agent's row. Raises NotFound."""
    row = tx.execute(BY_ID, {"agent_id": agent_id}).one_or_none()
    if row is None:
        raise unknown()
    return row


def require(tx: Transaction, agent_id: str) -> None:
    """Raise NotFound unless there is such an agent."""
    if tx.execute(KNOWN, {"agent_id": agent_id}).one_or_none() is None:
        raise unknown()
