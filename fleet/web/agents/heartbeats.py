"""Document 4's heartbeat: `POST /v1/agents/heartbeat`, and `/api/agents/heartbeat`, its alias."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models import agent, json_types, shapes
from fleet.web.agents.reports import AgentReport
from fleet.web.http.bodies import Name, Path, Tags, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.security import signs_of_life

heartbeats = Blueprint("heartbeats", __name__)

LISTS = ("issue_ids", "capabilities", "tags")


class Heartbeat(AgentReport):
    """Who beats, and whatever it wants to say besides; a list that is null becomes empty."""

    required: ClassVar = {
        "hostname": ("MISSING_HOSTNAME", "Hostname is required"),
        "machine_address": ("MISSING_MACHINE_ADDRESS", "Machine address is required"),
        "repo_path": ("MISSING_REPO_PATH", "Repository path is required"),
    }

    hostname: Name | UnsetType = UNSET
    machine_address: Name | UnsetType = UNSET
    repo_path: Path | UnsetType = UNSET
    issue_ids: Tags | UnsetType | None = UNSET
    capabilities: Tags | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET


@heartbeats.post("/heartbeat")
@describes(
    json_types.Agent,
    body=Heartbeat,
    codes=("AGENT_ALREADY_EXISTS", "AGENT_ID_TAKEN", "AGENT_OF_ANOTHER_CREDENTIAL", "NOT_YOUR_AGENT"),
)
def create() -> Response:
    """Create or refresh the agent with this identity; 200 for both, with its full record."""
    values = read(Heartbeat).given()
    for name in LISTS:
        if name in values and values[name] is None:
            values[name] = []
    owner, own = g.identity.grant_id, g.identity.agent_id

    def beat(tx: Transaction) -> Stored:
        signs_of_life.carried()
        return agent.heartbeat(tx, values, owner, own)

    return write_and_respond(beat, json=shapes.agent)
