"""Putting tags on many agents, and taking them off."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response
from msgspec import UNSET, UnsetType

from fleet.errors import Invalid
from fleet.models import agent, shapes
from fleet.web.http.bodies import Body, Tags, read
from fleet.web.http.description import describes
from fleet.web.pages.bulk import NEED_AGENTS, WRONG_AGENTS, BulkResult, Ids, Words, for_each

bulk_tags = Blueprint("bulk_tags", __name__)


class BulkTags(Body):
    """Which tags the agents `ids` get, and which they lose."""

    required: ClassVar = NEED_AGENTS
    wrong: ClassVar = WRONG_AGENTS

    ids: Ids | UnsetType = UNSET
    add: Tags | UnsetType = UNSET
    remove: Tags | UnsetType = UNSET


@bulk_tags.post("/bulk-tags")
@describes(BulkResult, body=BulkTags, codes=("MISSING_TAGS",))
def create() -> Response:
    """Change the tags of every one of them."""
    body = read(BulkTags).given()
    add, remove = body.get("add", []), body.get("remove", [])
    if not add and not remove:
        raise Invalid("MISSING_TAGS", "Name a tag to add or to remove.", field="add")
    return for_each(
        lambda tx: agent.each(tx, body["ids"], lambda agent_id: agent.retag(tx, agent_id, add, remove)),
        Words("Tags changed on", key="agent", shape=shapes.agent),
    )
