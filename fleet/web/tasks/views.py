"""The task queue: document 1's calls, with labels, dependencies and capabilities."""

from __future__ import annotations

from typing import ClassVar, TypedDict

from flask import Blueprint, Response, request
from msgspec import UNSET, UnsetType

from fleet.db import Transaction, db
from fleet.db.record import Stored
from fleet.db.unchanged import recalled
from fleet.errors import Invalid
from fleet.models import json_types, shapes, task
from fleet.models.editions import etag, expect
from fleet.models.task.record import PRIORITIES, STATUSES
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Line, Tags, Text, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encode, encoded, json_response, raw_json, respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.tasks import failed_forms, forms, pages
from fleet.web.tasks.exports import download
from fleet.web.tasks.listing import TaskList, split

tasks = Blueprint("tasks", __name__)

TASK_CODES = (
    "DEPENDENCY_CYCLE",
    "INVALID_TRANSITION",
    "TASK_ALREADY_ASSIGNED",
    "TASK_CLAIMED",
    "TASK_UNASSIGNED",
    "TASK_WAITS",
    "AGENT_NOT_FOUND",
)
NEED = {
    "title": ("MISSING_TITLE", "Task title is required"),
    "description": ("MISSING_DESCRIPTION", "Task description is required"),
}
WRONG = {
    "priority": "Invalid task priority",
    "status": "Invalid task status",
}


class TaskCreate(Body):
    """A new task."""

    required: ClassVar = NEED
    wrong: ClassVar = WRONG
    recorded: ClassVar = ("priority",)

    title: Line | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    priority: json_types.Priority = "medium"
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
    priority: json_types.Priority | UnsetType = UNSET
    status: json_types.TaskStatus | UnsetType = UNSET
    assigned_agent_id: Line | UnsetType | None = UNSET
    labels: Tags | UnsetType = UNSET
    depends_on: Tags | UnsetType = UNSET
    required_capabilities: Tags | UnsetType = UNSET
    result: Text | UnsetType | None = UNSET
    failure_reason: Text | UnsetType | None = UNSET


class Tasks(TypedDict):
    """A page of tasks, newest created first."""

    tasks: list[json_types.Task]
    total: int
    limit: int
    offset: int


def wanted_format() -> str | None:
    """As what the list is wanted; the files hold all that match."""
    return queries.choice("format", ("json", "csv", "jsonl"))


def wanted_tasks() -> task.Filter:
    """The filter in the query; a task must have all labels and mention every word of `q`."""
    return task.Filter(
        status=queries.choice("status", STATUSES),
        priority=queries.choice("priority", PRIORITIES),
        assigned_agent_id=queries.words("assigned_agent_id"),
        labels=wanted_labels(),
        words=queries.words("q"),
    )


def wanted_labels() -> tuple[str, ...]:
    """The labels in the query: each `label` is one, word for word; `labels` are divided by commas."""
    return (*queries.several("label"), *split(queries.words("labels") or ""))


@tasks.get("")
@describes(Tasks, query=(queries.window, wanted_tasks, wanted_format), files=("text/csv", "application/x-ndjson"))
def index() -> Response:
    """List tasks, newest created first; `format` makes a file of all that match; a board for people."""
    if not wants_json():
        asked = TaskList.of(request.args)
        return respond(page=lambda: pages.index(asked), headers=pages.remember(asked))
    limit, offset = queries.window()
    filters = wanted_tasks()
    kind = wanted_format()
    queries.require_known()
    if kind in ("csv", "jsonl"):
        return download(kind, filters)

    def read_page() -> bytes:
        shown, total = task.json_page(connection, filters, limit, offset)
        return encode({"tasks": encoded(shown), "total": total, "limit": limit, "offset": offset})

    with db.engine.connect() as connection:
        body = recalled(connection, ("tasks", filters, limit, offset), read_page)
    return raw_json(body)


@tasks.post("")
@form_page(failed_forms.new)
@describes(json_types.Task, 201, body=TaskCreate, codes=TASK_CODES)
def create() -> Response:
    """Add a task; with an assignee it is `assigned` at once."""
    values, maker = forms.from_form(read(TaskCreate).given()), forms.maker()
    return write_and_respond(
        lambda tx: task.create(tx, values, maker),
        json=shapes.task,
        status=201,
        goto=lambda row: f"/tasks/{row.id}",
        headers=None if wants_json() else lambda row: {"X-Created": f"{row.number} {row.id}"},
    )


@tasks.get("/<task_id>")
@describes(json_types.Task, etag=True)
def show(task_id: str) -> Response:
    """One task."""
    if not wants_json():
        return respond(page=lambda: pages.show(task_id))
    with db.engine.connect() as connection:
        row = task.find(connection, task_id)
    return json_response(shapes.task(row), headers={"ETag": etag(row)})


@tasks.patch("/<task_id>")
@form_page(failed_forms.edit)
@describes(json_types.Task, body=TaskPatch, edition=True, etag=True, codes=TASK_CODES)
def edit(task_id: str) -> Response:
    """Change a part of a task; `If-Match` refuses a stale edit, and lets one replace an assignee."""
    changes = forms.from_form(read(TaskPatch).given())
    if_match, was = forms.if_match(), request.args.get("was")

    def change(tx: Transaction) -> Stored:
        forms.expect_shown(tx, task_id, was)
        return task.edit(tx, task_id, changes, if_match)

    return write_and_respond(
        change,
        json=shapes.task,
        headers=lambda row: {"ETag": etag(row)},
        goto=forms.back_to(task_id),
    )


@tasks.delete("/<task_id>")
@form_page(failed_forms.move)
@describes(edition=True)
def delete(task_id: str) -> Response:
    """Delete a task; those that waited for it wait no longer."""
    if request.form:
        confirm(task_id)
    if_match = request.headers.get("If-Match")

    def remove(tx: Transaction) -> None:
        expect(task.find(tx.connection, task_id), if_match)
        task.remove(tx, task_id)

    write(remove)
    return respond(goto="/tasks")


def confirm(task_id: str) -> None:
    """A person types the task's number before it is deleted (pages.md). Raises Invalid."""
    with db.engine.connect() as connection:
        row = task.find(connection, task_id)
    if request.form.get("confirm", "").strip().removeprefix("#") != str(row.number):
        raise Invalid("CONFIRMATION_MISMATCH", "Type the task's number to delete it.", field="confirm")
