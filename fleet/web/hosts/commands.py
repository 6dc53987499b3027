"""A command of a host: its page, what it printed since one last asked, and all of that as a file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, g
from sqlalchemy import Connection

from fleet.db import db
from fleet.models import agent, command, execution, host
from fleet.web.framework.current import the_app, the_settings
from fleet.web.framework.messages import Response
from fleet.web.hosts.newest import newest
from fleet.web.hosts.shown import Work
from fleet.web.http import queries
from fleet.web.http.respond import json_response, respond, vary
from fleet.web.pages.page import page_context, render
from fleet.web.security.policy import May

host_commands = Blueprint("host_commands", __name__)

MOST = 2**53  # beyond it no database keeps a whole number exactly
# Of each stream a page begins with the last so many bytes, and without scripts shows so many.
BEGINS_WITH, WITHOUT_SCRIPTS = 1 << 20, 1 << 14
# Pieces of a file that are read together.
ROWS = 8


@host_commands.get("/<agent_id>/commands/<command_id>")
def show(agent_id: str, command_id: str) -> Response:
    """The command's page; programs ask `/v1/agents/{id}/commands/{command_id}`."""
    return respond(page=lambda: page(agent_id, command_id))


def page(agent_id: str, command_id: str) -> str:
    """State, output and facts. Raises NotFound."""
    root = the_settings().base_path
    with db.engine.connect() as connection:
        name, work = agent.find(connection, agent_id).name, Work(execution.find(connection, agent_id, command_id))
    may = May.of(g.identity.role)
    title = work.title if may.operate else "Command"
    context = page_context(
        title=f"{title} · {name}",
        nav="hosts",
        topics=[f"command/{command_id}"],
        crumbs=[("Hosts", f"{root}/hosts"), (name, f"{root}/hosts/{agent_id}"), (title, None)],
    )
    with db.engine.connect() as connection:
        details = detailed(connection, agent_id, command_id)
        printed = last_lines(connection, details["work"].row) if may.operate else {}
    return render("hosts/command.html", context, printed=printed, begins_with=BEGINS_WITH, **details)


def detailed(connection: Connection, agent_id: str, command_id: str) -> dict[str, Any]:
    """What the page's partials are about. Raises NotFound."""
    work = Work(execution.find(connection, agent_id, command_id))
    summary = host.of(connection, [agent_id]).get(agent_id)
    if summary is None:
        raise command.unknown()
    return {"work": work, "host": newest(summary)}


def last_lines(connection: Connection, row: Any) -> dict[str, str]:
    """The end of each stream as text, for browsers without scripts."""
    ends = {name: getattr(row, f"{name}_next") for name in execution.STREAMS}
    tails = {name: execution.tail(connection, row.seq, name, end, WITHOUT_SCRIPTS) for name, end in ends.items()}
    return {name: execution.plain(data) for name, data in tails.items() if data}


def wanted_starts() -> dict[str, int]:
    """Up to where the caller has read each stream."""
    return {name: queries.number(name, 0, 0, MOST) for name in execution.STREAMS}


@host_commands.get("/<agent_id>/commands/<command_id>/output")
def output(agent_id: str, command_id: str) -> Response:
    """What was printed from `stdout` and `stderr` on, in the order of coming; bytes in base64, for they are any."""
    starts = wanted_starts()
    with db.engine.connect() as connection:
        row = execution.find(connection, agent_id, command_id)
        found = execution.merged(connection, row.seq, starts)
    ends = dict(starts)
    pieces = []
    for stream, piece in found:
        ends[stream] = piece.offset + len(piece.data)
        pieces.append({"stream": stream, "offset": piece.offset, "data": base64.b64encode(piece.data).decode()})
    more = any(ends[name] < getattr(row, f"{name}_next") for name in ends) and bool(found)
    return json_response({"pieces": pieces, **ends, "more": more, "ended": row.ended_at is not None})


@host_commands.get("/<agent_id>/commands/<command_id>/<any(stdout, stderr):stream>")
def raw(agent_id: str, command_id: str, stream: str) -> Response:
    """All that is kept of a stream, byte for byte, as a download; where something was left out, a line says how much."""
    with db.engine.connect() as connection:
        row = execution.find(connection, agent_id, command_id)
    answer = Response(chunks(row.seq, stream, getattr(row, f"{stream}_next")), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{row.id}-{stream}.txt"'
    return vary(answer)


def chunks(command_seq: int, stream: str, end: int) -> Iterator[bytes]:
    """A stream up to `end`; no connection is held while a slow reader takes its time."""
    app, at = the_app(), 0

    def read() -> Iterator[bytes]:
        nonlocal at
        while at < end:
            with app.app_context(), db.engine.connect() as connection:
                found = execution.pieces(connection, command_seq, stream, at, ROWS)
            if not found:
                return
            for piece in found:
                if piece.offset > at:
                    yield f"\n[... {piece.offset - at} bytes left out ...]\n".encode()
                yield piece.data
                at = piece.offset + len(piece.data)

    return read()
