"""Giving many tasks to one agent, or to nobody."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response
from msgspec import UNSET, UnsetType

from fleet.errors import Invalid
from fleet.models import shapes, task
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes
from fleet.web.pages.bulk import NEED_TASKS, WRONG_TASKS, BulkResult, Ids, Words, for_each
from fleet.web.tasks import forms

bulk_assignments = Blueprint("bulk_assignments", __name__)


class BulkAssignment(Body):
    """The tasks `ids`, and whose they become, None for nobody's; with `replace` also those that another agent has."""

    required: ClassVar = NEED_TASKS
    wrong: ClassVar = WRONG_TASKS | {"replace": "Either true or false."}

    ids: Ids | UnsetType = UNSET
    assigned_agent_id: Line | UnsetType | None = UNSET
    replace: bool = False


@bulk_assignments.post("/bulk-assignments")
@describes(BulkResult, body=BulkAssignment, codes=("MISSING_ASSIGNED_AGENT_ID", "AGENT_NOT_FOUND"))
def create() -> Response:
    """Give every one of them to the agent; what has ended, or what an agent works on, stays as it is."""
    body = forms.from_form(read(BulkAssignment).given())
    if "assigned_agent_id" not in body:  # an empty choice in a form is one: nobody
        raise Invalid("MISSING_ASSIGNED_AGENT_ID", "Say which agent gets them.", field="assigned_agent_id")
    agent_id, replace = body["assigned_agent_id"], body["replace"]
    return for_each(
        lambda tx: task.assign_each(tx, body["ids"], agent_id, replace=replace),
        Words(
            "Assigned" if agent_id else "Unassigned",
            key="task",
            shape=shapes.task,
            noun="task",
            goto="/tasks?view=list",
        ),
    )
