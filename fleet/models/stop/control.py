"""Holding the fleet still, and letting it go on: each one transaction, whatever there is to cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from fleet.db import Transaction
from fleet.errors import Conflict, NotFound
from fleet.models import hold
from fleet.models.ids import new_id
from fleet.models.journal import frames
from fleet.models.stop.record import STOPS


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
    row = tx.execute(
        insert(STOPS).returning(STOPS),
        {
            "id": stop_id,
            "kind": kind,
            "reason": reason,
            "by_id": by.id,
            "by_name": by.name,
            "at": tx.now,
            "active": True,
            "swept_at": tx.now if kind == "pause" else None,
        },
    ).one()
    frames.stop_began(tx, row)
    return row


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
    """Let claims and commands through again. Raises NotFound, and Conflict for a stop that is over or not whole.

    What an agent was told to stop stays stopped: its tasks are in the queue, to
    be claimed by anybody who comes first.
    """
    before = tx.execute(select(STOPS).where(STOPS.c.id == stop_id)).one_or_none()
    if before is None:
        raise unknown()
    if before.active is None:
        raise Conflict("STOP_IS_OVER", f"{before.resumed_by} has resumed the fleet already.")
    if before.swept_at is None:
        raise Conflict("STOP_IN_PROGRESS", "Not every agent has been told to stop yet; try again in a moment.")
    row = end(tx, before, by)
    frames.stop_ended(tx, row)
    return row


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
