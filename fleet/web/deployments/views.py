"""Making a machine a host over SSH: begun by POST, followed by GET."""

from __future__ import annotations

import re
from typing import Any, Literal, TypedDict, cast

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy import Row

from fleet.db import db
from fleet.models import deployment
from fleet.models.json_types import Moment
from fleet.parts import the
from fleet.web.deployments.orders import REFUSALS, Deploy, order_of
from fleet.web.deployments.process import Order, Process
from fleet.web.deployments.processes import Processes
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.bodies import read
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write
from fleet.web.live.topics import partial
from fleet.web.pages.forms import form_page
from fleet.web.pages.host_pages import HostPages
from fleet.web.pages.page import Form, page_context, render

deployments = Blueprint("deployments", __name__)

WAIT_MOST = 55
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]+")


class DeploymentJson(TypedDict):
    """A machine that is, or was, made a host: how far it has come, and the last that was said there."""

    id: str
    host: str
    port: int
    ssh_user: str
    label: str
    state: Literal["running", "succeeded", "failed"]
    step: Literal["address", "host key", "install", "connect"]
    said: str
    agent_id: str | None
    started_at: Moment
    ended_at: Moment | None


def wanted_wait() -> int:
    """Seconds for which the call is held until it has ended."""
    return queries.number("wait", 0, 0, WAIT_MOST)


def failed(wrong_field: str | None, message: str) -> str:
    """The page on which hosts are added, with what was typed; a key that is to be confirmed stands in the form."""
    form = Form.failed("deploy", wrong_field, message)
    shown_key = FINGERPRINT.search(message)
    if shown_key is not None:
        form.values["host_key"] = shown_key[0]
    return the(HostPages).new(form=form)


@deployments.post("/deployments")
@form_page(failed)
@describes(
    DeploymentJson,
    202,
    body=Deploy,
    keyed=False,
    codes=REFUSALS,
)
def create() -> Response:
    """Begin to make a machine a host; its steps are at the address of the answer."""
    process = begin(order_of(read(Deploy)))
    return respond(json=lambda: shown(process.id), goto=f"/deployments/{process.id}", status=202)


@deployments.get("/deployments/<deployment_id>")
@describes(DeploymentJson, query=(wanted_wait,))
def show(deployment_id: str) -> Response:
    """How far a deployment has come; with `wait` held until it has ended."""
    seconds = wanted_wait()
    process = the(Processes).find(deployment_id)
    if process is not None and seconds:
        process.over.wait(seconds)
    return respond(
        json=lambda: shown(deployment_id), page=lambda: page(deployment_id), part=lambda: steps(deployment_id)
    )


def page(deployment_id: str) -> str:
    """How far it has come, for a person. Raises NotFound."""
    row = shown(deployment_id)
    root = the_settings().base_path
    crumbs = [("Hosts", f"{root}/hosts"), ("Add", f"{root}/hosts/new"), (row["label"], None)]
    context = page_context(title=f"Adding {row['label']}", nav="hosts", crumbs=crumbs)
    return render("deployments/show.html", context, deployment=row, steps=deployment.STEPS)


def steps(deployment_id: str) -> str:
    """The part of that page that changes. Raises NotFound."""
    return partial("deployments/_steps.html", deployment=shown(deployment_id), steps=deployment.STEPS)


def begin(order: Order) -> Process:
    """Begin a deployment. Raises Conflict, TooManyRequests."""
    key = order.trusted[0].line(order.host).strip()
    app = cast(Flask, cast(Any, current_app)._get_current_object())

    def make() -> Process:
        row = write(lambda tx: deployment.begin(tx, order.host, order.port, order.user, order.label, order.by, key))
        return Process(app, the_settings(), row, order)

    return the(Processes).begin(order, make)


def shown(deployment_id: str) -> dict[str, Any]:
    """A deployment's JSON. Raises NotFound."""
    with db.engine.connect() as connection:
        row = deployment.find(connection, deployment_id)
    return as_json(row, the(Processes).find(deployment_id))


def as_json(row: Row[Any], process: Process | None) -> dict[str, Any]:
    """The row, with what a running one has said meanwhile."""
    names = ("id", "host", "port", "ssh_user", "label", "state", "step", "said", "agent_id", "started_at", "ended_at")
    values = {name: getattr(row, name) for name in names}
    if process is not None and values["state"] == "running":
        values |= {"step": process.step or values["step"], "said": process.said}
    return values
