"""A person sets an agent's error aside."""

from __future__ import annotations

from flask import Blueprint, Response

from fleet.models import agent, json_types, shapes
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.live.topics import partial

dismissals = Blueprint("dismissals", __name__)


@dismissals.post("/<agent_id>/dismissal")
@describes(json_types.Agent, codes=("NOT_IN_ERROR",))
def create(agent_id: str) -> Response:
    """Take the error off the list of needs until the agent reports another one."""
    return write_and_respond(
        lambda tx: agent.dismiss(tx, agent_id),
        json=shapes.agent,
        part=lambda row: partial("agents/_dismissed.html", agent_id=row.id),
        goto="/",
    )


@dismissals.delete("/<agent_id>/dismissal")
@describes(json_types.Agent, codes=("NOT_IN_ERROR",))
def delete(agent_id: str) -> Response:
    """Put it back there."""
    return write_and_respond(lambda tx: agent.recall(tx, agent_id), json=shapes.agent, goto=f"/agents/{agent_id}")
