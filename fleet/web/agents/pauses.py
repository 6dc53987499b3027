"""A person pauses an agent, and resumes it; a stop of that agent alone ends with its resumption, too."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response, g

from fleet.models import agent, json_types, shapes, stop
from fleet.web.agents import pages
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.pages.forms import form_page

pauses = Blueprint("pauses", __name__)


class Pause(Body):
    """Why."""

    wrong: ClassVar = {"reason": "A reason is a line of text."}

    reason: Line | None = None


@pauses.post("/<agent_id>/pause")
@form_page(pages.failed_form("overview"))
@describes(json_types.Agent, body=Pause)
def create(agent_id: str) -> Response:
    """Give the agent no claims and no commands until somebody resumes it."""
    reason, by = (read(Pause).reason or "").strip() or None, g.identity.name
    return write_and_respond(
        lambda tx: agent.pause(tx, agent_id, by, reason), json=shapes.agent, goto=f"/agents/{agent_id}"
    )


@pauses.delete("/<agent_id>/pause")
@form_page(pages.failed_form("overview"))
@describes(json_types.Agent, codes=("AGENT_NOT_PAUSED",))
def delete(agent_id: str) -> Response:
    """Let claims and commands through again."""
    by = stop.By(g.identity.holder_id, g.identity.name)
    return write_and_respond(
        lambda tx: stop.resume_agent(tx, agent_id, by), json=shapes.agent, goto=f"/agents/{agent_id}"
    )
