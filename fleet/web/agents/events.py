"""An agent's activity log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, TypedDict

from flask import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType

from fleet.db import db
from fleet.models import agent, event, json_types, shapes
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Text, read
from fleet.web.http.description import describes
from fleet.web.http.respond import encoded, respond
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


def wanted_window() -> tuple[int, int]:
    """`limit` and `offset`."""
    return queries.window(LIST_DEFAULT)


def wanted_events() -> tuple[str | None, datetime | None]:
    """Of which type, and since when."""
    return queries.words("type", 100), queries.moment("since")


class Events(TypedDict):
    """A page of an agent's activity, newest first."""

    events: list[json_types.Event]
    total: int
    limit: int
    offset: int


@events.get("/<agent_id>/events")
@describes(Events, query=(wanted_window, wanted_events))
def index(agent_id: str) -> Response:
    """An agent's activity, newest first; all of it, or `since` a moment."""
    limit, offset = wanted_window()
    kind, since = wanted_events()
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        shown, total = event.json_page(connection, agent_id, limit, offset, since, kind)
    lines = encoded(shown)
    return respond(
        json=lambda: {"events": lines, "total": total, "limit": limit, "offset": offset},
        goto=f"/agents/{agent_id}/activity",
    )


@events.post("/<agent_id>/events")
@describes(json_types.Event, 201, body=EventCreate)
def create(agent_id: str) -> Response:
    """Log a line; `warning` and `error` fire a second frame (document 1)."""
    body = read(EventCreate)
    return write_and_respond(
        lambda tx: event.post(tx, agent_id, body.type, body.message, body.metadata),  # type: ignore[arg-type]  # required above
        json=shapes.event,
        status=201,
        goto=f"/agents/{agent_id}/activity",
    )
