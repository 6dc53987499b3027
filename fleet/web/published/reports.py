"""Document 3's report: a host's heartbeat by a plain call, and the link where no WebSocket comes through."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypedDict

import msgspec
from flask import Blueprint, Response, g
from msgspec import UNSET, Meta, UnsetType

from fleet.db import Transaction, db
from fleet.errors import Conflict, Invalid
from fleet.links import Links
from fleet.models import agent, host
from fleet.parts import the
from fleet.web.framework.current import the_notes, the_request
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response
from fleet.web.http.writes import write
from fleet.web.link.posted import Caller, Posted
from fleet.web.link.posted_frames import FRAMES_MOST, decode
from fleet.web.live.snapshots import Snapshots
from fleet.web.security import signs_of_life

api_reports = Blueprint("api_reports", __name__)

Percent = Annotated[float, Meta(ge=0, le=100, examples=[12.4])]
METRICS = ("cpu_percent", "mem_percent", "disk_percent", "uptime_s")


class HostReport(Body):
    """The six figures of document 3; only who says `take` is handed commands, and may say `frames`."""

    required: ClassVar = {"hostname": ("MISSING_HOSTNAME", "Hostname is required")}

    hostname: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    os: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    cpu_percent: Percent | UnsetType = UNSET
    mem_percent: Percent | UnsetType = UNSET
    disk_percent: Percent | UnsetType = UNSET
    uptime_s: Annotated[float, Meta(ge=0, le=10**12, examples=[86400])] | UnsetType = UNSET
    take: bool = False
    session: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    frames: Annotated[list[msgspec.Raw], Meta(max_length=FRAMES_MOST)] | UnsetType = UNSET


class Reported(TypedDict, total=False):
    """It has come; to who takes commands also what a link would have brought, and when to report again."""

    status: str
    frames: list[dict[str, Any]]
    beat: float


@api_reports.post("/<agent_id>/report")
@describes(Reported, body=HostReport, keyed=False, codes=("NOT_A_HOST",))
def create(agent_id: str) -> Response:
    """A host says who it is and how it is doing; with its own key only. It is online from now on, as by a heartbeat."""
    body = read(HostReport)
    if body.frames is not UNSET and not body.take:
        raise Invalid("INVALID_FRAMES", "Only who takes commands (take: true) says frames.", field="frames")
    metrics = {name: value for name, value in body.given().items() if name in METRICS}
    if body.take:
        return take(agent_id, body, metrics)
    assert body.hostname is not UNSET
    said = host.Report(body.hostname, body.os or None, the_request().remote_addr, metrics)
    linked = the(Links).of(agent_id) is not None

    def report(tx: Transaction) -> None:
        signs_of_life.carried()
        host.report(tx, agent_id, said, describes=not linked)

    write(report)
    if not linked:
        the(Snapshots).keep(agent_id, metrics)
    return json_response({"status": "ok"})


def take(agent_id: str, body: HostReport, metrics: dict[str, Any]) -> Response:
    """The link's conversation by a call."""
    said = decode([] if body.frames is UNSET else body.frames)
    with db.engine.connect() as connection:
        if agent.find(connection, agent_id).kind != "host":
            raise Conflict("NOT_A_HOST", "This key is a coding agent's; it says how it is by a heartbeat.")
    the_notes().sign = None  # its session notes that, so often as it must be; a copied disk gives none
    session = None if body.session is UNSET else body.session
    caller = Caller(agent_id, g.identity.id, the_request().remote_addr, session)
    answered = the(Posted).exchange(caller, said, metrics)
    return json_response({"status": "ok", "frames": answered.frames, "beat": answered.beat})
