"""Pausing and stopping the whole fleet, stopping one agent, the report of who has answered, and resuming."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypedDict

from flask import Blueprint, Response, g, request
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row

from fleet.db import Transaction, db
from fleet.db import write as write_of_ours
from fleet.errors import Invalid
from fleet.models import json_types, shapes, stop
from fleet.models.json_types import Moment
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import respond
from fleet.web.http.writes import write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.stops import pages

stops = Blueprint("stops", __name__)
STOP_CODES = (
    "STOP_IN_PROGRESS",
    "CONFIRMATION_MISSING",
    "AGENT_NOT_FOUND",
    "AGENT_ALREADY_STOPPED",
    "FLEET_ALREADY_PAUSED",
    "FLEET_ALREADY_STOPPED",
)
KINDS = "`pause` freezes claims and commands; `stop` cancels what runs besides."


class StopCreate(Body):
    """What is to be done, and why; with `agent_id` to that agent alone. `confirm` is the box of the pages' form.

    An `agent_id` that says nothing is refused: who meant one agent must not hold the whole fleet.
    """

    required: ClassVar = {"kind": ("MISSING_KIND", f"Say which kind: {KINDS}")}
    not_blank: ClassVar = {"agent_id": ("MISSING_AGENT_ID", "Name the agent; without agent_id it is the whole fleet.")}
    wrong: ClassVar = {"kind": f"Either pause or stop: {KINDS}"}

    kind: Literal["pause", "stop"] | UnsetType = UNSET
    agent_id: Line | UnsetType = UNSET
    reason: Line | UnsetType | None = UNSET
    confirm: Line | UnsetType = UNSET


class StopReport(json_types.Stop):
    """A stop with its figures: who was told, who has acknowledged, who was offline."""

    told: int
    acknowledged: int
    offline: int


class Acknowledgement(TypedDict):
    """What one agent lost, was told and has answered; `status` and `connection` as they are now."""

    agent_id: str
    agent_name: str
    tasks: list[dict[str, Any]]
    command_id: str | None
    sent_at: Moment | None
    acknowledged_at: Moment | None
    outcome: str | None
    status: str | None
    connection: str | None


class WholeStopReport(StopReport):
    """The same, with every agent's answer."""

    acknowledgements: list[Acknowledgement]


class Stops(TypedDict):
    """Every stop, the latest first."""

    stops: list[StopReport]
    total: int
    limit: int
    offset: int


@stops.get("")
@describes(Stops, query=(queries.window,))
def index() -> Response:
    """Every stop, the latest first."""
    limit, offset = queries.window()
    if not wants_json():
        return respond(page=lambda: pages.index(limit, offset))
    with db.engine.connect() as connection:
        rows, total = stop.page(connection, limit, offset)
        counts = stop.counts(connection, [row.id for row in rows])
    reports = [shapes.stop(row) | counts[row.id].json() for row in rows]
    return respond(json=lambda: {"stops": reports, "total": total, "limit": limit, "offset": offset})


@stops.post("")
@form_page(pages.failed_new)
@describes(StopReport, 201, body=StopCreate, codes=STOP_CODES)
def create() -> Response:
    """Pause or stop the fleet, or stop one agent: frozen with this answer, everybody told before it."""
    body = read(StopCreate)
    agent_id = body.agent_id if isinstance(body.agent_id, str) else None
    reason = body.reason.strip() or None if isinstance(body.reason, str) else None
    require_possible(body, agent_id)
    who = by()

    def begin(tx: Transaction) -> dict[str, Any]:
        if agent_id is not None:
            return report(tx.connection, stop.begin_for(tx, agent_id, reason, who).id)
        row = stop.begin(tx, str(body.kind), reason, who)
        if row.kind == "stop":
            stop.sweep(tx, row)
        return report(tx.connection, row.id)

    answered = write_and_respond(begin, json=lambda made: made, status=201, goto=lambda made: f"/stops/{made['id']}")
    finish()
    return answered


def require_possible(body: StopCreate, agent_id: str | None) -> None:
    """Raise Invalid for a form whose box is not ticked, and for a pause of one agent, which is a resource of its own."""
    if agent_id is not None and body.kind == "pause":
        raise Invalid(
            "INVALID_KIND", "One agent is paused at /v1/agents/{agent_id}/pause; here it can be stopped.", field="kind"
        )
    if agent_id is None and body.kind == "stop" and request.form and body.confirm != "yes":
        raise Invalid("CONFIRMATION_MISSING", "Tick the box to stop all agents.", field="confirm")


@stops.get("/<stop_id>")
@describes(WholeStopReport)
def show(stop_id: str) -> Response:
    """The report of a stop; `current` is the one that holds the fleet now."""
    if not wants_json():
        return respond(page=lambda: pages.show(stop_id))
    with db.engine.connect() as connection:
        full_report = report(connection, stop_id)
        full_report["acknowledgements"] = [answer(row) for row in stop.answers(connection, full_report["id"])]
    return respond(json=lambda: full_report)


@stops.post("/<stop_id>/resumption")
@form_page(pages.failed_resumption)
@describes(StopReport, codes=("STOP_IS_OVER",))
def resume(stop_id: str) -> Response:
    """Let claims and commands through again, for the fleet or the agent that the stop holds."""
    who = by()

    def end(tx: Transaction) -> dict[str, Any]:
        row = stop.find(tx.connection, stop_id)
        stop.resume(tx, row.id, who)
        return report(tx.connection, row.id)

    answered = write_and_respond(end, json=lambda made: made, goto=lambda made: f"/stops/{made['id']}")
    finish()
    return answered


def finish() -> None:
    """Do what a stop or a resumption has left to do; the job would, a second later."""
    while write_of_ours(stop.go_on):
        pass


def by() -> stop.By:
    """Who asks, for the record."""
    return stop.By(g.identity.holder_id, g.identity.name)


def report(connection: Connection, stop_id: str) -> dict[str, Any]:
    """A stop with its figures. Raises NotFound."""
    row = stop.find(connection, stop_id)
    return shapes.stop(row) | stop.counts(connection, [row.id])[row.id].json()


def answer(row: Row[Any]) -> dict[str, Any]:
    """What one agent lost, was told and has answered; `status` and `connection` as they are now."""
    return {
        "agent_id": row.agent_id,
        "agent_name": row.agent_name,
        "tasks": row.tasks,
        "command_id": row.command_id,
        "sent_at": row.sent_at,
        "acknowledged_at": row.acknowledged_at,
        "outcome": row.outcome,
        "status": row.status,
        "connection": row.connection,
    }
