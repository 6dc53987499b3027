"""An agent's activity log."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from flask import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType

from fleet.db import db
from fleet.models import agent, event, shapes
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Text, read
from fleet.web.http.respond import respond
from fleet.web.http.writes import write_and_respond

events = Blueprint("events", __name__)

LIST_DEFAULT = 100


class EventCreate(Body):
    """A line of activity; `metadata` is the agent's own business, an object of any shape."""

    required: ClassVar = {
        "type": ("MISSING_TYPE", "Event type is required"),
        "message": ("MISSING_MESSAGE", "Event message is required"),
    }
    masked: ClassVar = ("message", "metadata")

    type: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    message: Text | UnsetType = UNSET
    metadata: dict[str, Any] | None = None


@events.get("/<agent_id>/events")
def index(agent_id: str) -> Response:
    """An agent's activity, newest first; all of it, or `since` a moment."""
    limit, offset = queries.window(LIST_DEFAULT)
    kind, since = queries.words("type", 100), queries.moment("since")
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        rows, total = event.page(connection, limit, offset, since, agent_id=agent_id, type=kind)
    lines = [shapes.event(row) for row in rows]
    return respond(
        json=lambda: {"events": lines, "total": total, "limit": limit, "offset": offset},
        goto=f"/agents/{agent_id}/activity",
    )


@events.post("/<agent_id>/events")
def create(agent_id: str) -> Response:
    """Log a line; `warning` and `error` fire a second frame (document 1)."""
    body = read(EventCreate)
    return write_and_respond(
        lambda tx: event.post(tx, agent_id, body.type, body.message, body.metadata),  # type: ignore[arg-type]  # required above
        json=shapes.event,
        status=201,
        goto=f"/agents/{agent_id}/activity",
    )
