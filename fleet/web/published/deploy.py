"""`POST /api/agents/deploy` (document 3): a machine is made a host over SSH, and answered for once it has said hello."""

from __future__ import annotations

from typing import Literal, TypedDict

from flask import Blueprint, Response

from fleet.errors import RemoteFailed
from fleet.web.deployments.orders import REFUSALS, Deploy, order_of
from fleet.web.deployments.process import LONGEST
from fleet.web.deployments.views import begin
from fleet.web.http.bodies import read
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response

deploy = Blueprint("deploy", __name__)


class Deployed(TypedDict):
    """The new host and its own key, which is shown this once."""

    agent_id: str
    key: str
    status: Literal["deployed"]


@deploy.post("/deploy")
@describes(
    Deployed,
    200,
    body=Deploy,
    keyed=False,
    codes=REFUSALS,
)
def create() -> Response:
    """Deploy the daemon; 200 only when it has said hello, 502 with the step and ssh's own words otherwise."""
    process = begin(order_of(read(Deploy)))
    process.over.wait(LONGEST + 60.0)
    if process.state != "succeeded":
        step = process.step or "address"
        raise RemoteFailed(
            "DEPLOY_FAILED", f"The deployment failed at the step {step!r}.", step=step, said=process.said
        )
    return json_response({"agent_id": process.guest.agent_id, "key": process.guest.key, "status": "deployed"})
