"""Stopping everybody: claims revoked under their fences, a command to each, chunk by chunk.

The stop itself is one row and holds from its commit on. What is done here makes
the other rows agree, and is found again by looking at them: a process that dies
between two chunks goes on with the next one when it is back.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, exists, select, update

from fleet.db import Transaction
from fleet.models import hold
from fleet.models.agent.record import AGENTS
from fleet.models.execution.record import EXECUTIONS
from fleet.models.hold import withheld_frames
from fleet.models.journal import frames
from fleet.models.stop import withdrawal
from fleet.models.stop.record import ACKNOWLEDGEMENTS, STOPS
from fleet.models.stop.telling import tell
from fleet.models.task.record import TASKS

CHUNK = 50
# Anybody who may be at work, or will be as soon as somebody answers it.
AT_WORK = ("active", "waiting_feedback", "warning", "shutting_down")
HOLDERS = (
    select(TASKS.c.assigned_agent_id)
    .where(TASKS.c.lease_expires_at.is_not(None), TASKS.c.assigned_agent_id.is_not(None))
    .distinct()
)
# Hosts that have something, or may have it, which nobody has asked them to end.
RUNNING = select(EXECUTIONS.c.agent_id).where(
    EXECUTIONS.c.ended_at.is_(None), EXECUTIONS.c.handed_at.is_not(None), EXECUTIONS.c.cancel_at.is_(None)
)


def go_on(tx: Transaction) -> int:
    """One chunk of whatever stops and resumptions have left to do; returns how much that was."""
    stop = hold.active(tx.connection)
    done = sweep(tx, stop) if stop is not None and stop.kind == "stop" else 0
    return done + withdrawal.withdraw(tx) + withheld_frames.release(tx)


def sweep(tx: Transaction, stop: Row[Any], limit: int = CHUNK) -> int:
    """Stop at most `limit` agents that have not been told; returns how many.

    Goes on while the stop is active: who starts to work after it is told too.
    """
    agents = untold(tx, stop.id, limit)
    for agent in agents:
        tell(tx, stop, agent)
    if len(agents) < limit and stop.swept_at is None:
        tx.execute(update(STOPS).where(STOPS.c.id == stop.id).values(swept_at=tx.now))
        frames.stop_swept(tx, stop)
    return len(agents)


def untold(tx: Transaction, stop_id: str, limit: int) -> list[Row[Any]]:
    """Agents that hold a claim, hosts that run something, then those at work, that this stop has not reached."""
    acknowledged = exists().where(ACKNOWLEDGEMENTS.c.stop_id == stop_id, ACKNOWLEDGEMENTS.c.agent_id == AGENTS.c.id)
    holders = list(tx.execute(HOLDERS.limit(limit)).scalars())
    agents = list(tx.execute(select(AGENTS).where(AGENTS.c.id.in_(holders))).all()) if holders else []
    if len(agents) < limit:
        running = AGENTS.c.id.in_(RUNNING), AGENTS.c.kind == "host", ~acknowledged
        agents += tx.execute(select(AGENTS).where(*running).limit(limit - len(agents))).all()
    if len(agents) < limit:
        known = [*holders, *(agent.id for agent in agents)]
        others = AGENTS.c.status.in_(AT_WORK), AGENTS.c.kind == "coding", AGENTS.c.id.not_in(known), ~acknowledged
        agents += tx.execute(select(AGENTS).where(*others).limit(limit - len(agents))).all()
    return agents
