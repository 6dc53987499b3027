"""An agent answers a stop: by the command that it was sent, or by what it says of itself."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, func, literal, select, update

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models.journal import frames
from fleet.models.stop.record import ACKNOWLEDGEMENTS, STOPS

# An agent that says so does nothing any more.
AT_REST = frozenset({"idle", "finished", "error"})
ASKED = select(ACKNOWLEDGEMENTS.c.stop_id).where(
    ACKNOWLEDGEMENTS.c.agent_id == bindparam("agent_id"),
    ACKNOWLEDGEMENTS.c.acknowledged_at.is_(None),
    ACKNOWLEDGEMENTS.c.stop_id.in_(select(STOPS.c.id).where(STOPS.c.resumed_at.is_(None))),
)


def by_command(tx: Transaction, command: Stored) -> None:
    """The agent has reported on a stop's command; the first report is when it acknowledged."""
    if command.stop_id is not None:
        outcome = "failed" if command.outcome == "failed" else command.status
        write(tx, command.stop_id, command.agent_id, outcome)


def by_status(tx: Transaction, agent_id: str, status: str | None) -> None:
    """The agent says that it does nothing any more, while a stop waits for it."""
    if status in AT_REST:
        answer(tx, agent_id, status)


def by_deletion(tx: Transaction, agent_id: str) -> None:
    """The agent is no more: nobody is left who could answer, and a stop of it alone holds nobody."""
    answer(tx, agent_id, "deleted")
    own = STOPS.c.agent_id == agent_id, STOPS.c.resumed_at.is_(None)
    for stop in tx.execute(update(STOPS).where(*own).values(resumed_at=tx.now).returning(STOPS)).all():
        frames.stop_ended(tx, stop)


def answer(tx: Transaction, agent_id: str, outcome: str) -> None:
    """Note the agent's answer to the stops that wait for one: the fleet's, and one of its own."""
    for stop_id in tx.execute(ASKED, {"agent_id": agent_id}).scalars().all():
        write(tx, stop_id, agent_id, outcome)


def write(tx: Transaction, stop_id: str, agent_id: str, outcome: str) -> None:
    """Keep the answer; the time of the first one stays."""
    mine: tuple[ColumnElement[bool], ...] = (
        ACKNOWLEDGEMENTS.c.stop_id == stop_id,
        ACKNOWLEDGEMENTS.c.agent_id == agent_id,
    )
    then = ACKNOWLEDGEMENTS.c.acknowledged_at
    first = func.coalesce(then, literal(tx.now, then.type))
    known = tx.execute(update(ACKNOWLEDGEMENTS).where(*mine).values(acknowledged_at=first, outcome=outcome))
    if known.rowcount:
        frames.stop_acknowledged(tx, stop_id, agent_id, outcome)
