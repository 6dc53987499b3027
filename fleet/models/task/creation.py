"""Making a task (document 1's POST), and by whom it was made."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models.agent.record import find as find_agent
from fleet.models.hold import withheld_frames
from fleet.models.ids import new_id
from fleet.models.journal import frames
from fleet.models.task import dependencies
from fleet.models.task.numbers import next_number
from fleet.models.task.record import PRIORITIES, REQUIREMENTS, TASKS

INSERT = Prepared(insert(TASKS).values({c.name: bindparam(c.name) for c in TASKS.c}).returning(TASKS))
FORGET = Prepared(delete(REQUIREMENTS).where(REQUIREMENTS.c.task_id == bindparam("of_task")))
REQUIRE = Prepared(insert(REQUIREMENTS).values({name: bindparam(name) for name in ("task_id", "capability")}))
EMPTY: dict[str, Any] = dict.fromkeys(TASKS.c.keys())


class Maker(NamedTuple):
    """Who makes a task: a `person`, a `token` or an `agent`, its id, and its name of that time."""

    kind: str
    id: str
    name: str


def create(tx: Transaction, values: dict[str, Any], by: Maker | None = None) -> Stored:
    """Add a task from `title`, `description`, `priority` and any other editable column.

    Raises NotFound for an unknown assignee, Invalid for an unknown dependency.
    """
    task_id = new_id("task")
    needs = unique(values.get("depends_on", []))
    waits_for = dependencies.unfinished(tx, needs)
    priority = values.get("priority", "medium")
    assignee = values.get("assigned_agent_id")
    if assignee is not None:
        find_agent(tx.connection, assignee)
    [row] = INSERT.all(
        tx.connection,
        EMPTY
        | {
            "id": task_id,
            "number": next_number(tx),
            "title": values["title"],
            "description": values["description"],
            "priority": priority,
            "priority_rank": PRIORITIES.index(priority),
            "labels": unique(values.get("labels", [])),
            "depends_on": needs,
            "waits_for": waits_for,
            "waits": bool(waits_for),
            "required_capabilities": unique(values.get("required_capabilities", [])),
            "assigned_agent_id": assignee,
            "assigned_at": tx.now if assignee else None,
            "status": "assigned" if assignee else "pending",
            "fence": 0,
            "edition": 1,
            "created_at": tx.now,
            "updated_at": tx.now,
            "created_by_kind": by.kind if by else None,
            "created_by_id": by.id if by else None,
            "created_by": by.name if by else None,
        },
    )
    if needs:
        dependencies.depend(tx, task_id, needs)
    if row.required_capabilities:
        REQUIRE.many(tx.connection, required(task_id, row.required_capabilities))
    if assignee:
        withheld_frames.announce_assignment(tx, row, created=True)
    else:
        frames.task_created(tx, row)
    return row


def require_capabilities(tx: Transaction, task_id: str, capabilities: list[str]) -> None:
    """Store which capabilities the task asks for, and no longer those of before."""
    FORGET.run(tx.connection, {"of_task": task_id})
    REQUIRE.many(tx.connection, required(task_id, capabilities))


def required(task_id: str, capabilities: list[str]) -> list[dict[str, Any]]:
    """The rows that say so."""
    return [{"task_id": task_id, "capability": name} for name in capabilities]


def unique(items: list[str]) -> list[str]:
    """The items without repeats, in order."""
    return list(dict.fromkeys(items))
