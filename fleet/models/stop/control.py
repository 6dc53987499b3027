"""Holding the fleet or one agent still, and letting it go on: each one transaction, whatever there is to cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict, NotFound
from fleet.models import agent, hold
from fleet.models.ids import new_id
from fleet.models.journal import frames
from fleet.models.stop.record import STOPS
from fleet.models.stop.telling import tell


@dataclass(frozen=True, slots=True)
class By:
    """Who did it: a person's or a token's id, and the name of that time."""

    id: str
    name: str


def begin(tx: Transaction, kind: str, reason: str | None, by: By) -> Row[Any]:
    """Freeze claims and delivery from this commit on; `stop` makes every lease void besides.

    A stop takes a pause's place. Raises Conflict while the fleet is stopped, or
    paused and asked to pause again. What runs is canceled by `sweeping`.
    """
    before = hold.active(tx.connection)
    stop_id = new_id("stop")
    if before is not None:
        if before.kind == "stop" or kind == "pause":
            raise already(before)
        end(tx, before, by, followed_by=stop_id)
    whom = {"active": True, "swept_at": tx.now if kind == "pause" else None}
    row = write(tx, stop_id, kind, reason, by, whom)
    frames.stop_began(tx, row)
    return row


def begin_for(tx: Transaction, agent_id: str, reason: str | None, by: By) -> Row[Any]:
    """Stop one agent: its claims are over, it is told so, and is held still as by a pause, whose place this takes.

    Whatever holds the fleet goes on beside it, and ends beside it. Raises
    NotFound, and Conflict for an agent that is stopped already.
    """
    subject = agent.find(tx.connection, agent_id)
    if subject.stop_id is not None:
        raise Conflict(
            "AGENT_ALREADY_STOPPED",
            f"{subject.paused_by} has stopped this agent already; resume it first.",
            stop_id=subject.stop_id,
            since=subject.paused_at,
        )
    whom = {"agent_id": agent_id, "agent_name": subject.name, "swept_at": tx.now}
    row = write(tx, new_id("stop"), "stop", reason, by, whom)
    frames.stop_began(tx, row)
    tell(tx, row, subject)
    agent.halt(tx, agent_id, by.name, reason, row.id)
    return row


def write(tx: Transaction, stop_id: str, kind: str, reason: str | None, by: By, whom: dict[str, Any]) -> Row[Any]:
    """A new stop's row; `whom` are the columns that say whom it holds."""
    values = {"id": stop_id, "kind": kind, "reason": reason, "by_id": by.id, "by_name": by.name, "at": tx.now}
    return tx.execute(insert(STOPS).returning(STOPS), values | whom).one()


def already(before: Row[Any]) -> Conflict:
    """The error for a fleet that is held already."""
    state = "stopped" if before.kind == "stop" else "paused"
    return Conflict(
        f"FLEET_ALREADY_{state.upper()}",
        f"{before.by_name} has {state} the fleet already; resume it first.",
        stop_id=before.id,
        since=before.at,
    )


def resume(tx: Transaction, stop_id: str, by: By) -> Row[Any]:
    """Let claims and commands through again, for whom the stop holds. Raises NotFound, and Conflict for a stop that is over or not whole.

    What an agent was told to stop stays stopped: its tasks are in the queue, to
    be claimed by anybody who comes first.
    """
    before = tx.execute(select(STOPS).where(STOPS.c.id == stop_id)).one_or_none()
    if before is None:
        raise unknown()
    if before.resumed_at is not None:
        raise Conflict("STOP_IS_OVER", over(before))
    if before.swept_at is None:
        raise Conflict("STOP_IN_PROGRESS", "Not every agent has been told to stop yet; try again in a moment.")
    row = end(tx, before, by)
    frames.stop_ended(tx, row)
    if row.agent_id is not None:
        agent.resume(tx, row.agent_id, by.name)
    return row


def resume_agent(tx: Transaction, agent_id: str, by: By) -> Stored:
    """Let one agent go on, whether it was paused or stopped. Raises NotFound, and Conflict when it was neither."""
    stop_id = agent.find(tx.connection, agent_id).stop_id
    if stop_id is None:
        return agent.resume(tx, agent_id, by.name)
    resume(tx, stop_id, by)
    return agent.find(tx.connection, agent_id)


def over(before: Row[Any]) -> str:
    """Why a stop cannot be ended once more."""
    if before.resumed_by is None:
        return "This agent was deleted; nobody is stopped any more."
    return f"{before.resumed_by} has resumed {'the fleet' if before.agent_id is None else 'this agent'} already."


def end(tx: Transaction, before: Row[Any], by: By, followed_by: str | None = None) -> Row[Any]:
    """Write that a stop is over, and whose doing that is."""
    return tx.execute(
        update(STOPS)
        .where(STOPS.c.id == before.id)
        .values(active=None, resumed_at=tx.now, resumed_by_id=by.id, resumed_by=by.name, followed_by=followed_by)
        .returning(STOPS)
    ).one()


def unknown() -> NotFound:
    """The error for a stop that is not there."""
    return NotFound("STOP_NOT_FOUND", "There is no such stop.")
