"""Telling many agents the same, and the report of who has read and answered it."""

from __future__ import annotations

from typing import Any, ClassVar, TypedDict

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.db import Transaction, db
from fleet.models import agent, command, json_types
from fleet.models.ids import new_id
from fleet.models.json_types import Moment
from fleet.models.outcomes import Outcome
from fleet.models.shapes import JSON
from fleet.web.agents import bulk_reports
from fleet.web.http.bodies import Body, Seconds, Text, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import json_response, respond
from fleet.web.pages.bulk import NEED_AGENTS, WRONG_AGENTS, BulkCommandResult, Ids, Words, for_each

bulk_commands = Blueprint("bulk_commands", __name__)


class BulkCommand(Body):
    """Words for the agents `ids`."""

    required: ClassVar = NEED_AGENTS | {"content": ("MISSING_CONTENT", "Command content is required")}
    wrong: ClassVar = WRONG_AGENTS | {"type": "Invalid command type"}

    ids: Ids | UnsetType = UNSET
    content: Text | UnsetType = UNSET
    type: json_types.WordsType = "instruction"
    expires_in: Seconds | UnsetType = UNSET


class BulkReport(TypedDict):
    """What was said to many, and how it stands: who has answered has read, too."""

    id: str
    type: json_types.WordsType
    content: str
    sent_by: str | None
    sent_at: Moment
    told: int
    read: int
    answered: int
    silent: int
    commands: list[json_types.ToldCommand]


@bulk_commands.post("/bulk-commands")
@describes(BulkCommandResult, body=BulkCommand)
def create() -> Response:
    """Send the same words to every one of them; the answer's `id` is that of the report."""
    body = read(BulkCommand).given()
    ids, kind, sent_by = body.pop("ids"), body.pop("type"), g.identity.name
    bulk_id = new_id("bulk")
    part_of = command.Act(bulk_id=bulk_id)

    def send(tx: Transaction, agent_id: str) -> JSON:
        sent = command.send(tx, agent_id, kind, sent_by=sent_by, part_of=part_of, **body)
        return command.as_json(tx.connection, sent)

    def send_all(tx: Transaction) -> list[Outcome]:
        outcomes = agent.each(tx, ids, lambda agent_id: send(tx, agent_id))
        told = sum(outcome.error is None for outcome in outcomes)
        if told:
            command.note(tx, bulk_id, kind, body["content"], sent_by, told)
        return outcomes

    report = bulk_id, f"/agents/bulk-commands/{bulk_id}"
    return for_each(send_all, Words("Sent to", key="command", shape=lambda sent: sent, report=report))


@bulk_commands.get("/bulk-commands/<bulk_id>")
@describes(BulkReport)
def show(bulk_id: str) -> Response:
    """Who was told, who has read it, who has answered, and who has not."""
    if not wants_json():
        return respond(page=lambda: bulk_reports.show(bulk_id))
    with db.engine.connect() as connection:
        bulk, rows = command.find_bulk(connection, bulk_id), command.told(connection, bulk_id)
        told = [answer(row, command.as_json(connection, row)) for row in rows]
    head = {name: getattr(bulk, name) for name in ("id", "type", "content", "sent_by", "sent_at")}
    return json_response(head | command.report_of(bulk, rows).json() | {"commands": told})


def answer(row: Any, shown: JSON) -> JSON:
    """One agent's command, whose it is and where it stands."""
    return shown | {"agent_name": row.name, "standing": command.standing(row)}
