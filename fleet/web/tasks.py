"""The task queue: document 1's calls, with labels, dependencies and capabilities."""

from __future__ import annotations

from typing import ClassVar, Literal

from flask import Blueprint, Response, request
from msgspec import UNSET, UnsetType

from fleet.db import db, write
from fleet.models import shapes
from fleet.models.editions import etag
from fleet.models.task import editable, listed
from fleet.models.task.record import PRIORITIES, STATUSES
from fleet.web import queries
from fleet.web.bodies import Body, Line, Tags, Text, read
from fleet.web.respond import json_response, respond
from fleet.web.writes import write_and_respond

tasks = Blueprint("tasks", __name__)

Priority = Literal["low", "medium", "high", "urgent"]
NEED = {
    "title": ("MISSING_TITLE", "Task title is required"),
    "description": ("MISSING_DESCRIPTION", "Task description is required"),
}
WRONG = {
    "priority": "Invalid task priority",
    "status": f"Invalid task status; one of: {', '.join(STATUSES)}",
}


class TaskCreate(Body):
    """A new task."""

    required: ClassVar = NEED
    wrong: ClassVar = WRONG

    title: Line | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    priority: Priority = "medium"
    assigned_agent_id: Line | UnsetType | None = UNSET
    labels: Tags | UnsetType = UNSET
    depends_on: Tags | UnsetType = UNSET
    required_capabilities: Tags | UnsetType = UNSET


class TaskPatch(Body):
    """A change of a task."""

    not_blank: ClassVar = NEED
    wrong: ClassVar = WRONG

    title: Line | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    status: Literal["pending", "assigned", "in_progress", "completed", "failed"] | UnsetType = UNSET
    assigned_agent_id: Line | UnsetType | None = UNSET
    labels: Tags | UnsetType = UNSET
    depends_on: Tags | UnsetType = UNSET
    required_capabilities: Tags | UnsetType = UNSET
    result: Text | UnsetType | None = UNSET
    failure_reason: Text | UnsetType | None = UNSET


@tasks.get("")
def index() -> Response:
    """List tasks, newest created first."""
    limit, offset = queries.window()
    filters = {
        "status": queries.choice("status", STATUSES),
        "priority": queries.choice("priority", PRIORITIES),
        "assigned_agent_id": queries.words("assigned_agent_id"),
    }
    given = {name: value for name, value in filters.items() if value is not None}
    with db.engine.connect() as connection:
        rows, total = listed.page(connection, given, limit, offset)
    found = [shapes.task(row) for row in rows]
    return json_response({"tasks": found, "total": total, "limit": limit, "offset": offset})


@tasks.post("")
def create() -> Response:
    """Add a task; with an assignee it is `assigned` at once."""
    values = read(TaskCreate).given()
    return write_and_respond(lambda tx: editable.create(tx, values), json=shapes.task, status=201, goto="/")


@tasks.get("/<task_id>")
def show(task_id: str) -> Response:
    """One task."""
    with db.engine.connect() as connection:
        row = listed.get(connection, task_id)
    return json_response(shapes.task(row), headers={"ETag": etag(row)})


@tasks.patch("/<task_id>")
def edit(task_id: str) -> Response:
    """Change a part of a task; `If-Match` refuses a stale edit, and lets one replace an assignee."""
    changes = read(TaskPatch).given()
    if_match = request.headers.get("If-Match")
    return write_and_respond(
        lambda tx: editable.edit(tx, task_id, changes, if_match),
        json=shapes.task,
        headers=lambda row: {"ETag": etag(row)},
        goto="/",
    )


@tasks.delete("/<task_id>")
def delete(task_id: str) -> Response:
    """Delete a task; those that waited for it wait no longer."""
    write(lambda tx: editable.remove(tx, task_id))
    return respond(goto="/")
