"""The whole fleet in figures, and what happened last (document 1)."""

from __future__ import annotations

from flask import Blueprint, Response

from fleet import clock
from fleet.db import db
from fleet.models import event, fleet_figures, hold, shapes
from fleet.web.http import queries
from fleet.web.http.respond import json_response

fleet = Blueprint("fleet", __name__)


@fleet.get("/status")
def status() -> Response:
    """Document 1's six figures, and what holds the fleet; a day begins at midnight UTC."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with db.engine.connect() as connection:
        commits = event.count(connection, "commit", midnight)
        stop = hold.active(connection)
        hold_state = {"paused": stop is not None, "stop": shapes.stop(stop) if stop else None}
        return json_response(fleet_figures.fleet_status(connection, commits) | hold_state)


@fleet.get("/recent-updates")
def recent_updates() -> Response:
    """The newest lines of activity of all agents, or of those `since` a moment."""
    limit, since = queries.number("limit", 50, 1, queries.LIMIT_MOST), queries.moment("since")
    with db.engine.connect() as connection:
        rows, _ = event.page(connection, limit, since=since)
    queries.require_known()
    return json_response({"updates": [shapes.event(row) for row in rows]})
