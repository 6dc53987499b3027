"""Who can be reached: silence beyond a time to live makes an agent offline (contract I9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from fleet.db import Transaction
from fleet.models import event
from fleet.models.agent.record import AGENTS
from fleet.models.journal import frames


def seen(tx: Transaction, agent_id: str) -> None:
    """Note a sign of life that was no heartbeat: a call with the agent's own key (contract I9)."""
    agent = tx.execute(select(AGENTS).where(AGENTS.c.id == agent_id)).one_or_none()
    if agent is None:
        return
    values = {"last_seen_at": tx.now, "version": agent.version + 1}
    if agent.connection != "online":
        values |= {"connection": "online", "connection_changed_at": tx.now}
    row = tx.execute(update(AGENTS).where(AGENTS.c.id == agent_id).values(values).returning(AGENTS)).one()
    if agent.connection == "unknown":
        frames.agent_updated(tx, row)
    if agent.connection == "offline":
        frames.agent_status_changed(tx, row, "offline", row.status)
        event.post(tx, agent_id, "online", "Reports again")


def fall_silent(tx: Transaction, ttl: timedelta, serving_since: datetime, limit: int = 200) -> int:
    """Mark online agents that were silent for `ttl` as offline, at most `limit`; returns how many.

    Silence is counted from `serving_since` at the earliest: nobody goes offline
    because the server was not there to hear.
    """
    if tx.now - serving_since < ttl:
        return 0
    silent = tx.execute(
        select(AGENTS).where(AGENTS.c.connection == "online", AGENTS.c.last_seen_at < tx.now - ttl).limit(limit)
    ).all()
    for agent in silent:
        row = tx.execute(
            update(AGENTS)
            .where(AGENTS.c.id == agent.id)
            .values(connection="offline", connection_changed_at=tx.now, version=agent.version + 1)
            .returning(AGENTS)
        ).one()
        frames.agent_status_changed(tx, row, row.status, "offline")
        event.post(tx, agent.id, "offline", "Stopped answering", {"ttl": ttl.total_seconds()})
    return len(silent)
