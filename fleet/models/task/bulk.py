"""Giving many tasks out at once: each for itself, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models import outcomes
from fleet.models.agent.record import find as find_agent
from fleet.models.editions import etag
from fleet.models.outcomes import Outcome
from fleet.models.task.editable import edit
from fleet.models.task.record import ENDED, TASKS, find


def assign_each(tx: Transaction, ids: Sequence[str], agent_id: str | None, *, replace: bool) -> list[Outcome]:
    """Give each of the tasks to the agent, or to nobody. Raises NotFound for an agent that is not there."""
    if agent_id is not None:
        find_agent(tx.connection, agent_id)
    rows = tx.execute(select(TASKS.c.id, TASKS.c.title).where(TASKS.c.id.in_(list(ids))))
    names = {row.id: row.title for row in rows}
    return outcomes.each(tx, "task", ids, names, lambda task_id: assign(tx, task_id, agent_id, replace=replace))


def assign(tx: Transaction, task_id: str, agent_id: str | None, *, replace: bool) -> Stored:
    """Give one task to the agent; with `replace` also one that another agent was given.

    Raises Conflict for a task that has ended, that an agent holds a lease on, or
    that another one was given.
    """
    before = find(tx.connection, task_id)
    if before.status in ENDED:
        raise Conflict("INVALID_TRANSITION", f"It is {before.status}; open it again first.", status=before.status)
    return edit(tx, task_id, {"assigned_agent_id": agent_id}, etag(before) if replace else None)
