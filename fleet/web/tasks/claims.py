"""Claims: `POST /v1/tasks/claim`, and one task's claim as a resource of its own."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from flask import Blueprint, Response, g, request
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Connection

from fleet import clock
from fleet.db import Transaction, db
from fleet.db.record import Stored
from fleet.errors import Conflict, Invalid
from fleet.models import hold, shapes, task
from fleet.web.http.bodies import Body, Line, read
from fleet.web.http.respond import json_response, respond
from fleet.web.http.writes import idempotency_key, write, write_and_respond
from fleet.web.live import long_poll
from fleet.web.pages.forms import form_page
from fleet.web.security import authentication
from fleet.web.tasks import failed_forms, forms

task_claims = Blueprint("task_claims", __name__)

LeaseSeconds = Annotated[int, Meta(ge=task.LEASE_SHORTEST, le=task.LEASE_LONGEST)]
Fence = Annotated[int, Meta(ge=1, le=2**53)]
NEED_AGENT = {"agent_id": ("MISSING_AGENT_ID", "The claiming agent's id is required")}
NEED_FENCE = {"fence": ("MISSING_FENCE", "The claim's fence is required")}
WAKING = frozenset(
    {
        "task_created",
        "task_updated",
        "task_assigned",
        "task_deleted",
        "agent_updated",
        "agent_status_changed",
        "agent_deleted",
        "fleet_paused",
        "fleet_stopped",
        "fleet_resumed",
    }
)
Claimed = tuple[Stored, task.Lease]


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


@task_claims.post("/claim")
def take_next() -> Response:
    """Take the next task that this agent can do: 200 with task and lease, 204 when there is none.

    409 while the agent is held (`stop.holding`): at once, also for a claim that
    waits at the moment of a stop. One that comes later and would wait waits
    first, so that a fleet of retrying agents is no storm.
    """
    body = read(Claim)
    authentication.speak_for(str(body.agent_id))
    held = HeldClaim(str(body.agent_id), patient=body.wait > 0)

    def take(tx: Transaction) -> Claimed | None:
        return task.claim_next(tx, str(body.agent_id), body.lease)

    if not body.wait:
        # The claim looks for itself; who finds nothing has written nothing.
        return write_and_respond(take, json=shape) if long_poll.caller_is_there() else json_response(None)

    def look() -> Response | None:
        with db.engine.connect() as connection:
            free = held.is_free(connection)
            some = free and task.has_work(connection, str(body.agent_id), clock.now())
            # Under a key there may be an answer to give again, whatever the queue holds by now.
            if not some and idempotency_key() is None:
                held.refuse()
                return None
        try:
            answer = write_and_respond(take, json=shape)
        except Conflict:
            if free:
                raise
            held.refuse()
            return None
        return None if answer.status_code == 204 else answer

    found = long_poll.until(look, body.wait, lambda news: news.kind in WAKING)
    if found is None and held.by is not None:
        raise held.by.conflict()
    return found or json_response(None)


class HeldClaim:
    """What holds a claim that would wait; a patient one, held from its beginning, does so all the same."""

    def __init__(self, agent_id: str, *, patient: bool) -> None:
        self._agent_id = agent_id
        self._patient = patient
        self.by: hold.Hold | None = None

    def is_free(self, connection: Connection) -> bool:
        """Look whether anything holds the agent."""
        self.by = hold.of(connection, self._agent_id)
        if self.by is None:
            self._patient = False  # what holds it from now on has come in the meantime
        return self.by is None

    def refuse(self) -> None:
        """Raise Conflict when something holds the agent and it is not to wait for its end."""
        if self.by is not None and not self._patient:
            raise self.by.conflict()


@task_claims.get("/<task_id>/claims")
def index(task_id: str) -> Response:
    """Every claim of a task, how it ended, and what came too late: the evidence of contract I5."""
    with db.engine.connect() as connection:
        rows = task.claims(connection, task_id)
    return respond(json=lambda: {"claims": [dict(row._mapping) for row in rows]}, goto=f"/tasks/{task_id}")


@task_claims.post("/<task_id>/claim")
def create(task_id: str) -> Response:
    """Take this very task."""
    body = read(Claim)
    authentication.speak_for(str(body.agent_id))
    return write_and_respond(lambda tx: task.claim(tx, task_id, str(body.agent_id), body.lease), json=shape)


@task_claims.patch("/<task_id>/claim")
def edit(task_id: str) -> Response:
    """Renew a lease."""
    body = read(Renewal)
    fence, by = int(body.fence), g.identity.agent_id  # type: ignore[arg-type]  # required above

    def renew(tx: Transaction) -> Claimed:
        task.require_claimant(tx, task_id, fence, by)
        return task.renew(tx, task_id, fence, body.lease)

    return write_and_respond(renew, json=shape)


@task_claims.delete("/<task_id>/claim")
@form_page(failed_forms.move)
def delete(task_id: str) -> Response:
    """Give a task back with its fence; an operator without one takes the claim away."""
    fence, by = fence_of_release(), g.identity.agent_id
    if by is not None and fence is None:
        raise Invalid(*NEED_FENCE["fence"], field="fence")

    def release(tx: Transaction) -> Stored:
        task.require_claimant(tx, task_id, fence or 0, by)
        return task.release(tx, task_id, fence)

    row = write(release)
    return respond(json=lambda: shapes.task(row), goto=forms.back_to(task_id))


def fence_of_release() -> int | None:
    """The fence in body or query."""
    given = read(Release).fence
    if given is not UNSET:
        return int(given)
    text = request.args.get("fence")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Invalid("INVALID_FENCE", "fence must be a whole number.", field="fence")
    return int(text)


def shape(claimed: Claimed | None) -> dict[str, Any] | None:
    """Task and lease, as the answer to a claim has them."""
    if claimed is None:
        return None
    task, lease = claimed
    return {
        "task": shapes.task(task),
        "lease": {"fence": lease.fence, "expires_at": lease.expires_at},
    }
