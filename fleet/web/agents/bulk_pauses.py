"""Pausing many agents, and letting many go on."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.models import agent, shapes, stop
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes
from fleet.web.pages.bulk import NEED_AGENTS, WRONG_AGENTS, BulkResult, Ids, Words, for_each

bulk_pauses = Blueprint("bulk_pauses", __name__)
bulk_resumptions = Blueprint("bulk_resumptions", __name__)


class BulkPause(Body):
    """The agents `ids`, and why."""

    required: ClassVar = NEED_AGENTS
    wrong: ClassVar = WRONG_AGENTS | {"reason": "A reason is a line of text."}

    ids: Ids | UnsetType = UNSET
    reason: Line | None = None


class BulkResumption(Body):
    """The agents `ids`."""

    required: ClassVar = NEED_AGENTS
    wrong: ClassVar = WRONG_AGENTS

    ids: Ids | UnsetType = UNSET


@bulk_pauses.post("/bulk-pauses")
@describes(BulkResult, body=BulkPause)
def create() -> Response:
    """Pause every one of them, as pausing one does; one that is held already stays as it is."""
    body = read(BulkPause).given()
    ids, reason, by = body["ids"], (body.get("reason") or "").strip() or None, g.identity.name
    return for_each(
        lambda tx: agent.each(tx, ids, lambda agent_id: agent.pause(tx, agent_id, by, reason)),
        Words("Paused", key="agent", shape=shapes.agent),
    )


@bulk_resumptions.post("/bulk-resumptions", endpoint="create")
@describes(BulkResult, body=BulkResumption)
def create_resumption() -> Response:
    """Let every one of them go on, whether it was paused or stopped by itself."""
    ids, by = read(BulkResumption).given()["ids"], stop.By(g.identity.holder_id, g.identity.name)
    return for_each(
        lambda tx: agent.each(tx, ids, lambda agent_id: stop.resume_agent(tx, agent_id, by)),
        Words("Resumed", key="agent", shape=shapes.agent),
    )
