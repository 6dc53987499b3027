"""Who can be reached: silence beyond a time to live makes an agent offline (contract I9).

A sign of life is an agent's own: whatever it says of itself. It raises `version`,
as every write of the row does, and no `edition`; one that changes nothing visible
leaves no row in the journal.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.db.update import rewrite
from fleet.models import event
from fleet.models.agent.record import AGENTS, BY_ID
from fleet.models.journal import frames

# Well below the shortest time to live, a second.
YOUNG = timedelta(seconds=0.5)
# The common case in one statement: who was there is still there.
STILL_THERE = Prepared(
    update(AGENTS)
    .where(AGENTS.c.id == bindparam("agent"), AGENTS.c.connection == "online")
    .values(last_seen_at=bindparam("at"), version=AGENTS.c.version + 1)
)


def seen(tx: Transaction, agent_id: str) -> None:
    """Note a sign of life; for an agent that is not there, nothing is noted."""
    if STILL_THERE.run(tx.connection, {"agent": agent_id, "at": tx.now}):
        return
    before = BY_ID.first(tx.connection, {"agent_id": agent_id})
    if before is None:
        return
    row = rewrite(tx, AGENTS, before, {"version": before.version + 1, **signs(before, tx.now)})
    if before.connection == "unknown":
        frames.agent_updated(tx, row)
    else:
        back(tx, row)


def signs(before: Stored | None, now: datetime) -> dict[str, Any]:
    """What a sign of life writes into the row of an agent, or into one to be made."""
    if before is not None and before.connection == "online":
        return {"last_seen_at": now}
    return {"last_seen_at": now, "connection": "online", "connection_changed_at": now}


def just_seen(before: Stored, now: datetime) -> bool:
    """True for an agent whose last sign of life is too young for another one that says nothing else."""
    return bool(before.connection == "online" and before.last_seen_at > now - YOUNG)


def back(tx: Transaction, row: Stored) -> None:
    """Announce an agent that was silent and is not any more."""
    frames.agent_status_changed(tx, row, "offline", row.status)
    event.post(tx, row.id, "online", "Reports again")


def set_right(tx: Transaction) -> int:
    """Let nobody have been heard, or made, after now: the clock was set back between two starts. Returns how many."""
    ahead = update(AGENTS).values(version=AGENTS.c.version + 1)
    heard = tx.execute(ahead.where(AGENTS.c.last_seen_at > tx.now).values(last_seen_at=tx.now)).rowcount
    made = tx.execute(ahead.where(AGENTS.c.created_at > tx.now).values(created_at=tx.now)).rowcount
    return heard + made


def silent_since(moment: datetime) -> ColumnElement[bool]:
    """Agents that count as reachable and were last heard of before a moment."""
    beats = and_(AGENTS.c.connection == "online", AGENTS.c.last_seen_at < moment)
    leaves = and_(AGENTS.c.status == "shutting_down", AGENTS.c.connection == "unknown", AGENTS.c.updated_at < moment)
    return or_(beats, leaves)


def fall_silent(
    tx: Transaction, ttl: timedelta, serving_since: datetime, limit: int = 200, *, linked: Collection[str] = ()
) -> int:
    """Mark online agents that were silent for `ttl` as offline, at most `limit`; returns how many.

    Silence is counted from `serving_since` at the earliest: nobody goes offline
    because the server was not there to hear. Who never beat cannot fall silent,
    unless it has said that it is shutting down: then its reports count. Of those
    who are `linked` the moment that is written may be an old one, when the disk was
    full: they are heard now.
    """
    if tx.now - serving_since < ttl:
        return 0
    silent = tx.execute(select(AGENTS).where(silent_since(tx.now - ttl)).limit(limit)).all()
    there = [agent.id for agent in silent if agent.id in linked]
    if there:
        tx.execute(update(AGENTS).where(AGENTS.c.id.in_(there)).values(last_seen_at=tx.now))
        silent = [agent for agent in silent if agent.id not in linked]
    for agent in silent:
        row = tx.execute(
            update(AGENTS)
            .where(AGENTS.c.id == agent.id)
            .values(connection="offline", connection_changed_at=tx.now, version=agent.version + 1)
            .returning(AGENTS)
        ).one()
        frames.agent_status_changed(tx, row, row.status, "offline")
        event.post(tx, agent.id, "offline", "Stopped answering", {"ttl": ttl.total_seconds()})
    return len(there) + len(silent)
