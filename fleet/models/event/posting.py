"""Adding a line to an agent's activity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, update

from fleet.db import Transaction
from fleet.errors import NotFound
from fleet.models import frames
from fleet.models.agent.record import AGENTS
from fleet.models.event.record import COLUMNS, EVENTS
from fleet.models.ids import new_id

INSERT = insert(EVENTS).returning(*COLUMNS)


def post(
    tx: Transaction, agent_id: str, kind: str, message: str, details: dict[str, Any] | None = None
) -> Row[Any]:
    """Add a line to an agent's activity. Raises NotFound for an unknown agent."""
    known = tx.execute(
        update(AGENTS)
        .where(AGENTS.c.id == agent_id)
        .values(activity_type=kind, activity_message=message[:500], activity_at=tx.now)
    )
    if known.rowcount == 0:
        raise NotFound("AGENT_NOT_FOUND", "Agent not found")
    row = tx.execute(
        INSERT,
        {
            "id": new_id("evt"), "agent_id": agent_id, "type": kind, "message": message,
            "metadata": details, "timestamp": tx.now,
        },
    ).one()  # fmt: skip
    frames.agent_event_created(tx, row)
    return row
