"""Telling many agents the same."""

from __future__ import annotations

from typing import ClassVar, Literal

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.db import Transaction
from fleet.models import command
from fleet.models.shapes import JSON
from fleet.web.agents.bulk import NEED_IDS, BulkResult, Ids, for_each
from fleet.web.http.bodies import Body, Seconds, Text, read
from fleet.web.http.description import describes

bulk_commands = Blueprint("bulk_commands", __name__)


class BulkCommand(Body):
    """Words for the agents `ids`."""

    required: ClassVar = NEED_IDS | {"content": ("MISSING_CONTENT", "Command content is required")}
    wrong: ClassVar = {"type": "Invalid command type", "ids": "ids must be a list of 1 to 500 agents."}

    ids: Ids | UnsetType = UNSET
    content: Text | UnsetType = UNSET
    type: Literal["instruction", "feedback", "question"] = "instruction"
    expires_in: Seconds | UnsetType = UNSET


@bulk_commands.post("/bulk-commands")
@describes(BulkResult, body=BulkCommand)
def create() -> Response:
    """Send the same words to every one of them."""
    body = read(BulkCommand).given()
    ids, kind, sent_by = body.pop("ids"), body.pop("type"), g.identity.name

    def send(tx: Transaction, agent_id: str) -> JSON:
        sent = command.send(tx, agent_id, kind, sent_by=sent_by, **body)
        return command.as_json(tx.connection, sent)

    return for_each(
        ids,
        send,
        key="command",
        shape=lambda sent: sent,
        done="Sent to",
    )
