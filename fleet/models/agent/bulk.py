"""Doing one thing to many agents: each for itself, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from fleet.db import Transaction
from fleet.models import outcomes
from fleet.models.agent import editable
from fleet.models.agent.record import AGENTS, find
from fleet.models.outcomes import Outcome


def each(tx: Transaction, ids: Sequence[str], verb: Callable[[str], Any]) -> list[Outcome]:
    """Run `verb` for each agent, once, in order; what it raises concerns that agent only."""
    rows = tx.execute(select(AGENTS.c.id, AGENTS.c.name).where(AGENTS.c.id.in_(list(ids))))
    return outcomes.each(tx, "agent", ids, {row.id: row.name for row in rows}, verb)


def retag(tx: Transaction, agent_id: str, add: Sequence[str], remove: Sequence[str]) -> Any:
    """Put tags on an agent and take others off; the order of those that stay is kept."""
    before = find(tx.connection, agent_id)
    remaining = [tag for tag in before.tags if tag not in remove]
    tags = remaining + [tag for tag in dict.fromkeys(add) if tag not in remaining and tag not in remove]
    return editable.edit(tx, agent_id, {"tags": tags})
