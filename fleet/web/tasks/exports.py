"""Tasks as files: `/tasks.csv` and `/tasks.jsonl`, with the filters of the page."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from fleet.db import db
from fleet.models import shapes, task
from fleet.models.task import listed
from fleet.web.http.exports import CHUNK, Record, table_response
from fleet.web.tasks.listing import TaskList

task_exports = Blueprint("task_exports", __name__)

COLUMNS = (
    "number",
    "title",
    "status",
    "priority",
    "labels",
    "assigned_agent_id",
    "description",
    "depends_on",
    "waits_for",
    "required_capabilities",
    "result",
    "failure_reason",
    "created_at",
    "assigned_at",
    "started_at",
    "completed_at",
    "updated_at",
    "id",
)


@task_exports.get("/tasks.<any(csv, jsonl):kind>")
def show(kind: str) -> Response:
    """Every task that the page's filters let through, newest first."""
    return download(kind, TaskList.of(request.args).wanted)


def download(kind: str, filters: task.Filter) -> Response:
    """The tasks that match as a file, read and sent in pieces."""

    def read(below: int | None) -> tuple[Iterator[Record], int | None]:
        with db.engine.connect() as connection:
            rows = listed.chunks(connection, filters, below, CHUNK)
        more = rows[-1].number if len(rows) == CHUNK else None
        return (shapes.task(row) for row in rows), more

    return table_response("tasks", kind, COLUMNS, read)
