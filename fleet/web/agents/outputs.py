"""What a host's command has printed: as text, as the bytes that came, and as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

from flask import Blueprint, Response
from msgspec import Meta
from sqlalchemy import Connection, Engine

from fleet.db import db
from fleet.db.record import Stored
from fleet.models import agent, execution, json_types
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.live import host_streams

command_outputs = Blueprint("command_outputs", __name__)


class Gap(TypedDict):
    """Bytes of a stream that were printed and are not kept."""

    offset: json_types.Amount
    length: json_types.Amount


class StreamText(TypedDict):
    """What is kept of one stream as text, and how many bytes were printed in all."""

    text: Annotated[str, Meta(examples=["Filesystem  Size  Used\n"])]
    bytes: json_types.Amount
    gaps: list[Gap]


class CommandOutput(TypedDict):
    """The output of a host's command, so far or in the end."""

    command_id: str
    state: str
    stdout: StreamText
    stderr: StreamText


class OutputFrame(TypedDict, total=False):
    """Of the stream: text from a byte on; a `notice` of a gap; at last `status` and how it ended."""

    stream: str
    offset: int
    text: str
    notice: str
    length: int
    status: str
    outcome: json_types.Outcome | None
    exit_code: int | None
    signal: str | None
    reason: str | None
    duration_ms: int | None
    stdout_bytes: int
    stderr_bytes: int


# What every route says of itself that follows a command's output.
describes_output = describes(
    status=200,
    files=("text/event-stream",),
    frames={"output": OutputFrame},
    others=((204, None),),
    codes=("TOO_MANY_STREAMS", "INVALID_LAST_EVENT_ID"),
)


def wanted_stream() -> str | None:
    """The one stream whose bytes are wanted; None for both as text."""
    return queries.choice("stream", execution.STREAMS)


@command_outputs.get("/<agent_id>/commands/<command_id>/output")
@describes(CommandOutput, query=(wanted_stream,), files=("application/octet-stream",))
def show(agent_id: str, command_id: str) -> Response:
    """What is kept of a host's command's output: as text, or with `stream` its very bytes, for a file.

    Where bytes were left out the text has a line that says so; of the bytes, the
    header `X-Output-Gaps` tells `offset+length`.
    """
    stream = wanted_stream()
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        row = execution.find(connection, agent_id, command_id)
        if stream is not None:
            return download(connection, row, stream)
        return json_response(
            {"command_id": row.id, "state": row.state} | {s: as_text(connection, row, s) for s in execution.STREAMS}
        )


def as_text(connection: Connection, row: Stored, stream: str) -> dict[str, Any]:
    """One stream."""
    missing = [{"offset": offset, "length": length} for offset, length in execution.gaps(connection, row, stream)]
    text = execution.whole_text(connection, row, stream)
    return {"text": text, "bytes": execution.printed(row, stream), "gaps": missing}


def download(connection: Connection, row: Stored, stream: str) -> Response:
    """The bytes of a stream that are kept, some hundred kilobytes at a time."""
    headers = {"Content-Disposition": f'attachment; filename="{row.id}.{stream}"', "X-Content-Type-Options": "nosniff"}
    missing = [f"{offset}+{length}" for offset, length in execution.gaps(connection, row, stream)]
    if missing:
        headers["X-Output-Gaps"] = ", ".join(missing)
    return Response(read(db.engine, row.seq, stream), headers=headers, content_type="application/octet-stream")


def read(engine: Engine, command_seq: int, stream: str) -> Iterator[bytes]:
    """The same bytes; no connection is held while a slow reader takes them."""
    start = 0
    while True:
        with engine.connect() as connection:
            found = execution.pieces(connection, command_seq, stream, start)
        if not found:
            return
        for piece in found:
            yield piece.data
        start = found[-1].offset + len(found[-1].data)


@command_outputs.get("/<agent_id>/commands/<command_id>/stream")
@describes_output
def stream(agent_id: str, command_id: str) -> Response:
    """Follow a host's command's output: what is stored, what comes, then how it ended.

    `Last-Event-ID` goes on there, without loss and without a repeat; after the end it is answered with 204.
    """
    return host_streams.open_output(agent_id, command_id)
