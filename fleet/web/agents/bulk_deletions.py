"""Deleting many agents."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response, request
from msgspec import UNSET, UnsetType

from fleet.errors import Invalid
from fleet.models import agent_removal
from fleet.web.agents.bulk import NEED_IDS, BulkResult, Ids, for_each
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes

bulk_deletions = Blueprint("bulk_deletions", __name__)


class BulkDeletion(Body):
    """The agents `ids`; a person types how many they are (`confirm`)."""

    required: ClassVar = NEED_IDS
    wrong: ClassVar = {"ids": "ids must be a list of 1 to 500 agents."}

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
    return for_each(body["ids"], agent_removal.remove, key="deleted", shape=lambda _: True, done="Deleted")
