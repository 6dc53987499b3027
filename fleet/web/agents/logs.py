"""A host's logs, as its daemon reads them."""

from __future__ import annotations

from typing import Annotated, TypedDict

from flask import Blueprint, Response
from msgspec import Meta

from fleet.web.http.description import describes
from fleet.web.live import logs

host_logs = Blueprint("host_logs", __name__)

CODES = (
    "TOO_MANY_STREAMS",
    "INVALID_LAST_EVENT_ID",
    "HOST_OFFLINE",
    "OUTSIDE_ROOTS",
    "NOT_FOUND",
    "NOT_A_FILE",
    "NO_JOURNAL",
    "HOST_SILENT",
    "LOG_FAILED",
)


class LogError(TypedDict):
    """Why a log ends."""

    code: str
    message: str


class LogFrame(TypedDict, total=False):
    """A line, and when it was written (seconds since 1970, null for files); a notice; at last an error, or the end."""

    line: Annotated[str, Meta(examples=["nginx[123]: GET / 200"])]
    at: float | None
    notice: Annotated[str, Meta(description="truncated, rotated or gap")]
    error: LogError
    end: Annotated[str, Meta(description="backlog: that was all, with `follow=false`")]


@host_logs.get("/<agent_id>/logs/stream")
@describes(status=200, query=(logs.wanted_log,), files=("text/event-stream",), frames={"logs": LogFrame}, codes=CODES)
def stream(agent_id: str) -> Response:
    """Follow a host's log: `lines` of it, then what comes; with `follow=false` it ends before that.

    `source=journald` with `unit` and `priority`, or `source=file` with `path`.
    `Last-Event-ID` goes on behind that line, through rotations too.
    """
    return logs.open_logs(agent_id)
