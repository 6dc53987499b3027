"""Stops for the stage of `staging`: in force and over, answered in every way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

from flask import g
from sqlalchemy import Connection, update

from fleet.db import Transaction
from fleet.models import agent, agent_removal, stop, task
from fleet.models.hold import acknowledgements
from fleet.models.stop.record import STOPS
from fleet.models.stop.telling import tell
from fleet.models.task.record import TASKS
from fleet.web.pages.halt import Halted
from fleet.web.security.policy import May
from fleet.web.stops import pages

Context = dict[str, Any]
ROLES = [May.of(role) for role in ("viewer", "operator")]


def stops_of(tx: Transaction, text: str) -> None:
    """A pause that became a stop, answered in every way and not at all, and resumed; two agents are gone."""
    by = stop.By("per_1", text)
    bare = {"name": text, "worktree": text, "status": "active"}
    told = [str(agent.create(tx, bare).id) for _ in range(5)]
    stop.begin(tx, "pause", text, by)
    row = stop.begin(tx, "stop", text, by)
    work = task.create(tx, {"title": text, "description": text, "assigned_agent_id": told[0]}).id
    held = {"lease_expires_at": tx.now, "status": "in_progress"}
    tx.execute(update(TASKS).where(TASKS.c.id == work).values(**held))
    for agent_id in told:
        tell(tx, row, agent.find(tx.connection, agent_id))
    for agent_id, outcome in zip(told, ("acknowledged", "failed", "idle"), strict=False):
        acknowledgements.answer(tx, agent_id, outcome)
    tx.execute(update(STOPS).values(swept_at=tx.now))
    stop.resume(tx, row.id, by)
    for outcome in (None, "acknowledged", "failed"):
        one = str(agent.create(tx, bare).id)
        stop.begin_for(tx, one, text if outcome else None, by)
        if outcome:
            acknowledgements.answer(tx, one, outcome)
    let_go, gone = (str(agent.create(tx, bare).id) for _ in range(2))
    stop.begin_for(tx, let_go, text, by)
    stop.resume_agent(tx, let_go, by)
    stop.begin_for(tx, gone, text, by)
    agent_removal.remove(tx, gone)
    agent_removal.remove(tx, told[1])
    agent_removal.remove(tx, told[3])


def halts(connection: Connection) -> list[Halted]:
    """Each stop as if it held the fleet."""
    return [Halted(row) for row in stop.page(connection, 10, 0)[0]]


def beneath_each(connection: Connection, contexts: Callable[[], Iterator[Context]]) -> Iterator[Context]:
    """The same subjects while nothing holds the fleet, while it is paused, and while it is stopped."""
    for g.halted in (None, *halts(connection)):
        yield from contexts()
    g.pop("halted")


def banners(connection: Connection) -> Iterator[Context]:
    """Every stop, and none, for each role."""
    for halt, may in product((None, *halts(connection)), ROLES):
        yield {"halt": halt, "may": may}


def reports(connection: Connection) -> Iterator[Context]:
    """Of a pause and a stop: over, in force, and before anybody was told."""
    for row, may in product(stop.page(connection, 10, 0)[0], ROLES):
        details = pages.detailed(connection, row.id) | {"may": may}
        yield details
        running = dict(row._mapping) | {"active": True, "resumed_at": None, "followed_by": None}
        yield details | {"stop": SimpleNamespace(**running)}
        begun = running | {"swept_at": None, "reason": None}
        yield details | {"stop": SimpleNamespace(**begun), "answers": [], "counts": stop.Counts()}


SUBJECTS: dict[str, Callable[[Connection], Iterator[Context]]] = {
    "stops/_answers.html": reports,
    "stops/_banner.html": banners,
    "stops/_control.html": banners,
    "stops/_head.html": reports,
    "stops/_line.html": reports,
}
