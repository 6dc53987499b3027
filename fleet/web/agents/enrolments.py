"""Enrolling: an agent makes itself known with an enrolment key and gets a key of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Literal, TypedDict

from flask import Blueprint, Response, request
from sqlalchemy import Row

from fleet.db import Transaction
from fleet.errors import Unauthorized
from fleet.models import agent, json_types, shapes, token
from fleet.models.agent.editable import IDENTITY
from fleet.models.agent.heartbeat import free_id
from fleet.parts import the
from fleet.web.agents.views import NEED_NAME, NEED_WORKTREE, AgentCreate
from fleet.web.http.bodies import read
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.http.writes import write
from fleet.web.live.expected import Expected
from fleet.web.security import authentication, login_throttle

enrolments = Blueprint("enrolments", __name__)

WRONG_KEY = "This enrolment key has been used, has expired, or never was."


class Enrolment(AgentCreate):
    """The agent to be, as document 1's POST has it, and its kind."""

    required: ClassVar = {"name": NEED_NAME, "worktree": NEED_WORKTREE}

    kind: Literal["coding", "host"] = "coding"


class Enrolled(TypedDict):
    """The new agent, and its own key, which is shown this once."""

    agent: json_types.Agent
    key: str


@enrolments.post("/enrolments")
@describes(
    Enrolled,
    201,
    body=Enrolment,
    keyed=False,
    codes=("AGENT_ALREADY_EXISTS", "INVALID_TOKEN", "MISSING_AUTH_TOKEN", "TOO_MANY_ATTEMPTS"),
)
def create() -> Response:
    """Spend the bearer's enrolment key: 201 with the agent and its key, both or neither."""
    tries = login_throttle.tries("")
    tries.require()
    header = request.headers.get("Authorization", "")
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer":
        raise authentication.refusal(request)
    values = read(Enrolment).given()
    enrolled = write(lambda tx: enrol(tx, secret.strip(), values))
    if enrolled is None:
        tries.failed()
        raise Unauthorized("INVALID_TOKEN", WRONG_KEY)
    row, key, used = enrolled
    the(Expected).came(used, row.id, key.secret)
    return json_response({"agent": shapes.agent(row), "key": key.secret}, 201)


def enrol(tx: Transaction, secret: str, values: dict[str, Any]) -> tuple[Row[Any], token.Issued, str] | None:
    """Use the key up, make the agent and its own key; with the used one's id. None for a key that is no good."""
    spent = token.spend(tx, "enrolment", secret)
    if spent is None:
        return None
    if None not in (values.get(name) for name in IDENTITY):
        values["id"] = free_id(tx, values)
    host = values.get("kind") == "host"
    if host:
        # Its daemon gives the machine's own name: that is nobody's choice, and follows the machine.
        values["name_is_derived"] = values["name"] == values.get("hostname")
    row = agent.create(tx, values, alive=not host)  # a host is there once its daemon is linked
    # Not the enrolment key itself, which is forgotten a day after it was used.
    behind = spent.made_with or spent.id
    key = token.agent_key(tx, row.id, row.name[:100], spent.made_by or spent.name, timedelta(), behind)
    return row, key, spent.id
