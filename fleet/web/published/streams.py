"""Document 3's streams: `data:` lines without names, opened by header, cookie or ticket."""

from __future__ import annotations

from flask import Blueprint, Response

from fleet.web.agents.host_metrics import Metrics
from fleet.web.agents.outputs import describes_output
from fleet.web.http.description import describes
from fleet.web.live import host_streams

api_streams = Blueprint("api_streams", __name__)


@api_streams.get("/<agent_id>/stream/commands/<command_id>")
@describes_output
def commands(agent_id: str, command_id: str) -> Response:
    """Follow a command's output, from its beginning or `Last-Event-ID`, to its end."""
    return host_streams.open_output(agent_id, command_id)


@api_streams.get("/<agent_id>/stream/metrics")
@describes(status=200, files=("text/event-stream",), frames={"metrics": Metrics}, codes=("TOO_MANY_STREAMS",))
def metrics(agent_id: str) -> Response:
    """Follow a host's metrics: the last at once, then new ones every 5 seconds."""
    return host_streams.open_metrics(agent_id, whole=True)
