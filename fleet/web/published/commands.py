"""Document 3's commands: sent to a host, looked up, awaited, ended."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.bus import News
from fleet.db import Transaction, db
from fleet.db.greenlets import give_way
from fleet.db.record import Stored
from fleet.links import Links
from fleet.models import agent, execution
from fleet.parts import the
from fleet.web.agents.orders import ShellParams, order_of, seal
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Seconds, read
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.http.writes import write_and_respond
from fleet.web.live import long_poll
from fleet.web.published import shapes

api_commands = Blueprint("api_commands", __name__)


class PublishedOrder(Body):
    """Work for a host: `params` as document 3 has them, and more; it waits `expires_in` seconds, an hour unless said."""

    required: ClassVar = {"type": ("MISSING_TYPE", "The command's type is required: shell.")}
    wrong: ClassVar = {"type": "There is one type of command here"}

    type: Literal["shell"] | UnsetType = UNSET
    params: ShellParams | UnsetType = UNSET
    expires_in: Seconds | UnsetType = UNSET


@api_commands.post("/<agent_id>/commands")
@describes(shapes.Sent, body=PublishedOrder, codes=("MISSING_COMMAND", "NOT_A_HOST", "TOO_MANY_COMMANDS"))
def create(agent_id: str) -> Response:
    """Queue a shell command for a host, connected or not."""
    body = read(PublishedOrder)
    order = order_of(ShellParams() if body.params is UNSET else body.params)
    expires_in = None if body.expires_in is UNSET else body.expires_in
    sent_by, linked = g.identity.name, the(Links).promise(agent_id)

    def queue(tx: Transaction) -> Stored:
        return execution.queue(tx, agent_id, order, seal, sent_by=sent_by, expires_in=expires_in, linked=linked)

    return write_and_respond(queue, json=sent)


def sent(row: Stored) -> dict[str, Any]:
    """A command, and where it stands."""
    return {"command_id": row.id, "status": row.state}


@api_commands.get("/<agent_id>/commands")
@describes(list[shapes.CommandInHistory])
def index(agent_id: str) -> Response:
    """A host's last 100 commands, newest first, with the end of their output."""
    queries.require_known()
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        rows = execution.history(connection, agent_id)
    listed: list[dict[str, Any]] = []
    for row in rows:
        with db.engine.connect() as connection:
            listed.append(shapes.command(row) | {"output": execution.last_text(connection, row)})
        give_way()
    return json_response(listed)


@api_commands.get("/<agent_id>/commands/<command_id>")
@describes(shapes.CommandWithOutput, query=(long_poll.seconds,))
def show(agent_id: str, command_id: str) -> Response:
    """One command with all of its output that is kept; with `wait` (seconds) held until it has ended."""
    seconds = long_poll.seconds()

    def ended() -> Stored | None:
        row = look_up(agent_id, command_id)
        return row if row.ended_at is not None else None

    def relevant(news: News) -> bool:
        return news.subject == command_id or (news.kind == "agent_deleted" and news.subject == agent_id)

    row = (long_poll.until(ended, seconds, relevant) if seconds else None) or look_up(agent_id, command_id)
    with db.engine.connect() as connection:
        output = {stream: execution.whole_text(connection, row, stream) for stream in execution.STREAMS}
    return json_response(shapes.command(row) | output)


def look_up(agent_id: str, command_id: str) -> Stored:
    """A host's command as it is now. Raises NotFound."""
    with db.engine.connect() as connection:
        return execution.find(connection, agent_id, command_id)


@api_commands.delete("/<agent_id>/commands/<command_id>")
@describes(shapes.Sent, codes=("COMMAND_ALREADY_COMPLETED",))
def delete(agent_id: str, command_id: str) -> Response:
    """End a command: at once while the host does not have it, else as soon as the host has ended it."""
    by = g.identity.name
    return write_and_respond(lambda tx: execution.cancel(tx, agent_id, command_id, by), json=sent)
