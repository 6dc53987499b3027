"""What an agent has been given, now and before."""

from __future__ import annotations

from typing import Any, TypedDict

from flask import Blueprint, Response

from fleet.db import db
from fleet.models import json_types, shapes
from fleet.models.task import attempts
from fleet.models.task.attempts import Attempted
from fleet.web.agents import pages
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encoded, json_response, respond

agent_tasks = Blueprint("agent_tasks", __name__)


class AttemptedTasks(TypedDict):
    """The tasks that an agent has or had."""

    tasks: list[json_types.AttemptedTask]
    total: int
    limit: int
    offset: int


@agent_tasks.get("/<agent_id>/tasks")
@describes(AttemptedTasks, query=(queries.window,))
def index(agent_id: str) -> Response:
    """The tasks that the agent has or had, the latest begun first, each with the claims that it made of it."""
    if not wants_json():
        return respond(page=lambda: pages.show(agent_id, "tasks"))
    limit, offset = queries.window()
    queries.require_known()
    with db.engine.connect() as connection:
        found, total = attempts.of_agent(connection, agent_id, limit, offset)
    return json_response(
        {"tasks": encoded(shape(each) for each in found), "total": total, "limit": limit, "offset": offset}
    )


def shape(attempted: Attempted) -> dict[str, Any]:
    """The task with this agent's claims, as `GET /v1/tasks/{id}/claims` has them."""
    return shapes.task(attempted.task) | {"claims": [dict(claim._mapping) for claim in attempted.claims]}
