"""Stopping, pausing and resuming in a test's words, and what the tables say of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from fleet.db import write
from fleet.models import command, hold, journal, stop, task
from fleet.models.task.record import CLAIMS
from tests.support.application import connected, rows

ADA = stop.By("per_ada", "Ada")


def begin(kind: str = "stop", reason: str | None = None, by: stop.By = ADA) -> str:
    """The freeze alone, as a process leaves it that dies right after it."""
    return str(write(lambda tx: stop.begin(tx, kind, reason, by)).id)


def stop_all(reason: str | None = None) -> str:
    """A stop, to its end."""
    stop_id = begin("stop", reason)
    go_on()
    return stop_id


def go_on() -> None:
    """What the job does until there is nothing left."""
    while write(stop.go_on):
        pass


def resume(stop_id: str, by: stop.By = ADA) -> Row[Any]:
    """Let the fleet go on, without what follows from it."""
    return write(lambda tx: stop.resume(tx, stop_id, by))


def answers(stop_id: str) -> dict[str, Row[Any]]:
    """The report, by agent."""
    with connected() as connection:
        return {row.agent_id: row for row in stop.answers(connection, stop_id)}


def new_task(**more: Any) -> str:
    """A new task's id."""
    return str(write(lambda tx: task.create(tx, {"title": "Fix", "description": "d"} | more)).id)


def claim(agent_id: str) -> tuple[Row[Any], int]:
    """The next task for an agent, and the claim's number. Raises Conflict for what holds the agent."""
    taken = write(lambda tx: task.claim_next(tx, agent_id, 300))
    if isinstance(taken, hold.Hold):
        raise taken.conflict()
    assert taken is not None
    return taken[0], taken[1].fence


def tell(agent_id: str, content: str = "Go on") -> str:
    """Send an agent words; the command's id."""
    return str(write(lambda tx: command.send(tx, agent_id, "instruction", content)).id)


def delivered(agent_id: str) -> list[Any]:
    """What the agent is given when it asks."""
    with connected() as connection:
        return list(command.deliverable(connection, agent_id, 100))


def endings(task_id: str) -> list[str | None]:
    """How each claim of a task has ended."""
    return [row.ending for row in rows(select(CLAIMS).where(CLAIMS.c.task_id == task_id))]


def fired(kind: str) -> list[str]:
    """Whom the frames of a kind were about, in order."""
    return [row.noun_id for row in rows(select(journal.CHANGES).where(journal.CHANGES.c.kind == kind))]
