"""Claims: `POST /v1/tasks/claim`, and one task's claim as a resource of its own."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypedDict

from flask import Blueprint, Response, g, request
from msgspec import UNSET, Meta, UnsetType

from fleet.db import Transaction, db
from fleet.db.record import Stored
from fleet.errors import Invalid
from fleet.models import json_types, shapes, task
from fleet.models.json_types import Moment
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.description import describes
from fleet.web.http.respond import json_response, respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.live import long_poll
from fleet.web.pages.forms import form_page
from fleet.web.security import authentication, signs_of_life
from fleet.web.tasks import failed_forms, forms, taking
from fleet.web.tasks.waiting import wait_for_work

task_claims = Blueprint("task_claims", __name__)

LeaseSeconds = Annotated[int, Meta(ge=task.LEASE_SHORTEST, le=task.LEASE_LONGEST)]
Fence = Annotated[int, Meta(ge=1, le=2**53)]
NEED_AGENT = {"agent_id": ("MISSING_AGENT_ID", "The claiming agent's id is required")}
NEED_FENCE = {"fence": ("MISSING_FENCE", "The claim's fence is required")}
HELD_CODES = ("AGENT_PAUSED", "AGENT_STOPPED", "FLEET_PAUSED", "FLEET_STOPPED")
CLAIM_CODES = ("NOT_YOUR_CLAIM", "STALE_FENCE", "TASK_NOT_CLAIMED")
TAKE_CODES = ("AGENT_NOT_FOUND", "MISSING_CAPABILITY", "NOT_YOUR_AGENT", "TASK_NOT_CLAIMABLE", "TASK_WAITS")


class Claim(Body):
    """Who claims, for how long, and how long it would wait for something to claim (seconds)."""

    required: ClassVar = NEED_AGENT
    wrong: ClassVar = {
        "lease": f"A lease lasts {task.LEASE_SHORTEST} to {task.LEASE_LONGEST} seconds.",
        "wait": f"A claim waits 0 to {long_poll.LONGEST} seconds.",
    }

    agent_id: Line | UnsetType = UNSET
    lease: LeaseSeconds = task.LEASE_DEFAULT
    wait: Annotated[int, Meta(ge=0, le=long_poll.LONGEST)] = 0


class Renewal(Body):
    """A longer lease: by its own length, or by another one."""

    required: ClassVar = NEED_FENCE
    wrong: ClassVar = Claim.wrong

    fence: Fence | UnsetType = UNSET
    lease: LeaseSeconds | None = None


class Release(Body):
    """Which claim is given up."""

    fence: Fence | UnsetType = UNSET


class Lease(TypedDict):
    """A claim's number, and when it ends unless it is renewed."""

    fence: int
    expires_at: Moment


class ClaimedTask(TypedDict):
    """A task, and the claim on it."""

    task: json_types.Task
    lease: Lease


class Claims(TypedDict):
    """Every claim of a task."""

    claims: list[json_types.PastClaim]


def fence_in_query() -> int | None:
    """The fence in the query. Raises Invalid."""
    if queries.is_declared("fence", type="integer", minimum=0, maximum=10**15 - 1):
        return None
    text = request.args.get("fence")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Invalid("INVALID_FENCE", "fence must be a whole number.", field="fence")
    return int(text)


@task_claims.post("/claim")
@describes(ClaimedTask, body=Claim, others=((204, None),), codes=(*HELD_CODES, "AGENT_NOT_FOUND", "NOT_YOUR_AGENT"))
def take_next() -> Response:
    """Take the next task that this agent can do: 200 with task and lease, 204 when there is none.

    409 while the agent is held (`fleet.models.hold`): at once, also for a claim
    that waits when a hold begins. One that comes later and would wait waits
    first, so that a fleet of retrying agents is no storm.
    """
    body = read(Claim)
    agent_id = str(body.agent_id)
    authentication.speak_for(agent_id)
    signs_of_life.of(agent_id, poll=True)
    if body.wait:
        return wait_for_work(agent_id, body.lease, body.wait) or json_response(None)
    # The claim looks for itself; who finds nothing has written nothing.
    met = taking.claim_next(agent_id, body.lease) if long_poll.caller_is_there() else None
    return taking.refuse_hold(met) or json_response(None)


@task_claims.get("/<task_id>/claims")
@describes(Claims)
def index(task_id: str) -> Response:
    """Every claim of a task, how it ended, and what came too late: the evidence of contract I5."""
    with db.engine.connect() as connection:
        rows = task.claims(connection, task_id)
    return respond(json=lambda: {"claims": [dict(row._mapping) for row in rows]}, goto=f"/tasks/{task_id}")


@task_claims.post("/<task_id>/claim")
@describes(ClaimedTask, body=Claim, codes=(*HELD_CODES, *TAKE_CODES))
def create(task_id: str) -> Response:
    """Take this very task."""
    body = read(Claim)
    authentication.speak_for(str(body.agent_id))
    signs_of_life.of(str(body.agent_id))
    return write_and_respond(lambda tx: task.claim(tx, task_id, str(body.agent_id), body.lease), json=taking.shape)


@task_claims.patch("/<task_id>/claim")
@describes(ClaimedTask, body=Renewal, codes=CLAIM_CODES)
def edit(task_id: str) -> Response:
    """Renew a lease."""
    body = read(Renewal)
    fence = int(body.fence)  # type: ignore[arg-type]  # required above

    def renew(tx: Transaction) -> task.Claimed:
        speak_for_claimant(tx, task_id, fence)
        return task.renew(tx, task_id, fence, body.lease)

    return write_and_respond(renew, json=taking.shape)


@task_claims.delete("/<task_id>/claim")
@form_page(failed_forms.move)
@describes(json_types.Task, query=(fence_in_query,), codes=(*CLAIM_CODES, "MISSING_FENCE"))
def delete(task_id: str) -> Response:
    """Give a task back with its fence; an operator without one takes the claim away."""
    fence = fence_of_release()
    if g.identity.agent_id is not None and fence is None:
        raise Invalid(*NEED_FENCE["fence"], field="fence")

    def release(tx: Transaction) -> Stored:
        if fence is not None:
            speak_for_claimant(tx, task_id, fence)
        return task.release(tx, task_id, fence)

    row = write(release)
    return respond(json=lambda: shapes.task(row), goto=forms.back_to(task_id))


def speak_for_claimant(tx: Transaction, task_id: str, fence: int) -> None:
    """Anybody who names a claim's fence speaks for its agent; a key for its own claims only. Raises Forbidden."""
    own = g.identity.agent_id
    task.require_claimant(tx, task_id, fence, own)
    if own is None and signs_of_life.by_program():
        signs_of_life.of(task.claimant(tx.connection, task_id, fence))


def fence_of_release() -> int | None:
    """The fence in body or query."""
    given = read(Release).fence
    if given is not UNSET:
        return int(given)
    return fence_in_query()
