"""Deleting many agents."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response, request
from msgspec import UNSET, UnsetType

from fleet.errors import Invalid
from fleet.models import agent, agent_removal
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes
from fleet.web.pages.bulk import NEED_AGENTS, WRONG_AGENTS, BulkResult, Ids, Words, for_each

bulk_deletions = Blueprint("bulk_deletions", __name__)


class BulkDeletion(Body):
    """The agents `ids`; a person types how many they are (`confirm`)."""

    required: ClassVar = NEED_AGENTS
    wrong: ClassVar = WRONG_AGENTS

    ids: Ids | UnsetType = UNSET
    confirm: Line | UnsetType = UNSET


@bulk_deletions.post("/bulk-deletions")
@describes(BulkResult, body=BulkDeletion, codes=("CONFIRMATION_MISMATCH",))
def create() -> Response:
    """Delete every one of them, as deleting one does."""
    body = read(BulkDeletion).given()
    count = len(set(body["ids"]))
    if (request.form or "confirm" in body) and body.get("confirm", "").strip() != str(count):
        raise Invalid("CONFIRMATION_MISMATCH", f"Type {count}, the number of agents, to delete them.", field="confirm")
    return for_each(
        lambda tx: agent.each(tx, body["ids"], lambda agent_id: agent_removal.remove(tx, agent_id)),
        Words("Deleted", key="deleted", shape=lambda _: True),
    )
