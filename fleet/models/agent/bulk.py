"""Doing one thing to many agents: each for itself, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from fleet.db import Transaction
from fleet.errors import FleetError
from fleet.models.agent import editable
from fleet.models.agent.record import AGENTS, find


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it for one agent; `name` is None for one that is not there."""

    agent_id: str
    name: str | None
    result: Any = None
    error: FleetError | None = None


def each(tx: Transaction, ids: Sequence[str], verb: Callable[[str], Any]) -> list[Outcome]:
    """Run `verb` for each id, once, in order; what it raises undoes its own statements and news only."""
    unique = list(dict.fromkeys(ids))
    rows = tx.execute(select(AGENTS.c.id, AGENTS.c.name).where(AGENTS.c.id.in_(unique)))
    names = {row.id: row.name for row in rows}
    return [one(tx, agent_id, names.get(agent_id), verb) for agent_id in unique]


def one(tx: Transaction, agent_id: str, name: str | None, verb: Callable[[str], Any]) -> Outcome:
    """The outcome for one agent, in a savepoint of its own."""
    announced = len(tx.announcements)
    tx.connection.exec_driver_sql("SAVEPOINT one_of_many")
    try:
        outcome = Outcome(agent_id, name, result=verb(agent_id))
    except FleetError as error:
        tx.connection.exec_driver_sql("ROLLBACK TO one_of_many")
        del tx.announcements[announced:]
        outcome = Outcome(agent_id, name, error=error)
    tx.connection.exec_driver_sql("RELEASE one_of_many")
    return outcome


def retag(tx: Transaction, agent_id: str, add: Sequence[str], remove: Sequence[str]) -> Any:
    """Put tags on an agent and take others off; the order of those that stay is kept."""
    before = find(tx.connection, agent_id)
    remaining = [tag for tag in before.tags if tag not in remove]
    tags = remaining + [tag for tag in dict.fromkeys(add) if tag not in remaining and tag not in remove]
    return editable.edit(tx, agent_id, {"tags": tags})
