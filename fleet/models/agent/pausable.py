"""A person pauses an agent: it gets no claims and no commands until somebody resumes it."""

from __future__ import annotations

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models import event
from fleet.models.agent.answerable import touch
from fleet.models.agent.record import find
from fleet.models.hold import withheld_frames
from fleet.models.journal import frames


def pause(tx: Transaction, agent_id: str, by: str, reason: str | None) -> Stored:
    """Hold the agent still; pausing it again changes nothing. Its claims go on: it may finish what it has."""
    agent = find(tx.connection, agent_id)
    if agent.paused_at is not None:
        return agent
    event.post(tx, agent_id, "paused", f"Paused by {by}{f': {reason}' if reason else ''}")
    row = touch(tx, agent, {"paused_at": tx.now, "paused_by": by, "pause_reason": reason})
    frames.agent_updated(tx, row)
    return row


def halt(tx: Transaction, agent_id: str, by: str, reason: str | None, stop_id: str) -> Stored:
    """Hold the agent still as a pause does, for a stop of its own, which takes a pause's place (`fleet.models.stop`)."""
    agent = find(tx.connection, agent_id)
    values = {"paused_at": tx.now, "paused_by": by, "pause_reason": reason, "stop_id": stop_id}
    row = touch(tx, agent, values)
    frames.agent_updated(tx, row)
    return row


def resume(tx: Transaction, agent_id: str, by: str) -> Stored:
    """Let claims and commands through again. Raises Conflict for an agent that is not paused.

    A stop of its own is over with that: `fleet.models.stop.resume_agent` says so in its report.
    """
    agent = find(tx.connection, agent_id)
    if agent.paused_at is None:
        raise Conflict("AGENT_NOT_PAUSED", "This agent is not paused.")
    event.post(tx, agent_id, "resumed", f"Resumed by {by}")
    row = touch(tx, agent, {"paused_at": None, "paused_by": None, "pause_reason": None, "stop_id": None})
    frames.agent_updated(tx, row)
    withheld_frames.release(tx)  # what is more than a chunk follows by the job
    return row
