"""Document 3's log stream."""

from __future__ import annotations

from flask import Blueprint, Response

from fleet.web.agents.logs import CODES, LogFrame
from fleet.web.http.description import describes
from fleet.web.live import logs

api_logs = Blueprint("api_logs", __name__)


@api_logs.get("/<agent_id>/stream/logs")
@describes(status=200, query=(logs.wanted_log,), files=("text/event-stream",), frames={"logs": LogFrame}, codes=CODES)
def stream(agent_id: str) -> Response:
    """Follow the lines of a host's journal, or of a file on it."""
    return logs.open_logs(agent_id)
