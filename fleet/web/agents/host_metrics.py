"""How a host is doing: its last metrics, and those that come."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from flask import Blueprint, Response
from msgspec import Meta

from fleet.db import db
from fleet.models import agent
from fleet.parts import the
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.live import host_streams
from fleet.web.live.snapshots import Snapshots

host_metrics = Blueprint("host_metrics", __name__)

SHOWN = {
    "cpu_percent": 12.4,
    "mem_percent": 45.0,
    "disk_percent": 62.0,
    "uptime_s": 86400,
    "at": "2026-11-22T09:30:00Z",
}
Metrics = Annotated[
    dict[str, Any],
    Meta(description="As the host tells them, and `at`, when they came.", examples=[SHOWN]),
]


class LastMetrics(TypedDict):
    """The last metrics; null for an agent that never told any."""

    metrics: Metrics | None


@host_metrics.get("/<agent_id>/metrics")
@describes(LastMetrics)
def show(agent_id: str) -> Response:
    """A host's last metrics; the names of its processes for operators only."""
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        last = the(Snapshots).latest(connection, agent_id)
    names = host_streams.may_see_names()
    return json_response({"metrics": last.shown(names=names, whole=False) if last else None})


@host_metrics.get("/<agent_id>/metrics/stream")
@describes(status=200, files=("text/event-stream",), frames={"metrics": Metrics}, codes=("TOO_MANY_STREAMS",))
def stream(agent_id: str) -> Response:
    """Follow a host's metrics, the last ones at once; it sends new ones every 5 seconds while somebody looks."""
    return host_streams.open_metrics(agent_id, whole=False)
