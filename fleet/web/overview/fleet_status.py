"""The whole fleet in figures, and what happened last (document 1)."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from flask import Blueprint, Response

from fleet import clock
from fleet.db import db
from fleet.models import event, fleet_figures, hold, json_types, shapes
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.respond import encoded, json_response

fleet = Blueprint("fleet", __name__)


class FleetStatus(TypedDict):
    """Document 1's six figures, and what holds the fleet."""

    total_agents: int
    active_agents: int
    pending_tasks: int
    agents_needing_feedback: int
    total_files_changed: int
    total_commits_today: int
    paused: bool
    stop: json_types.Stop | None


class RecentUpdates(TypedDict):
    """The newest lines of activity of all agents."""

    updates: list[json_types.Event]


def wanted_updates() -> tuple[int, datetime | None]:
    """How many, and since when."""
    return queries.number("limit", 50, 1, queries.LIMIT_MOST), queries.moment("since")


@fleet.get("/status")
@describes(FleetStatus)
def status() -> Response:
    """Document 1's six figures, and what holds the fleet; a day begins at midnight UTC."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with db.engine.connect() as connection:
        commits = event.count(connection, "commit", midnight)
        stop = hold.active(connection)
        hold_state = {"paused": stop is not None, "stop": shapes.stop(stop) if stop else None}
        return json_response(fleet_figures.fleet_status(connection, commits) | hold_state)


@fleet.get("/recent-updates")
@describes(RecentUpdates, query=(wanted_updates,))
def recent_updates() -> Response:
    """The newest lines of activity of all agents, or of those `since` a moment."""
    limit, since = wanted_updates()
    with db.engine.connect() as connection:
        lines = event.json_newest(connection, limit, since)
    queries.require_known()
    return json_response({"updates": encoded(lines)})
