"""Whose request this is: a bearer token, an agent's key, a session cookie, or a stream ticket.

Role and name come from the credential, never from the request's body
(security.md 4).
"""

from __future__ import annotations

import contextlib
import time

from flask import Flask, Request, g, request

from fleet.db import db, write
from fleet.errors import Forbidden, StorageUnavailable, Unauthorized
from fleet.logs import WHO
from fleet.models import task, token
from fleet.parts import parts_of
from fleet.web.framework.current import the_app, the_request, the_settings
from fleet.web.framework.messages import FORMS
from fleet.web.security import policy, rate_limits, signs_of_life
from fleet.web.security.credentials import DEV_ID, Grant, Identity, Memory, known, presented
from fleet.web.security.networks import from_loopback

NOTED = 60.0
# A fleet must be remembered whole: a cache that clears itself would be of no use to it.
NOTED_MOST = 50_000
# What writes its credential's use down with what it writes anyway, for many at once.
BY_THEIR_VIEWS = frozenset({"link.open"})
_noted: dict[str, float] = {}


def init_app(app: Flask) -> None:
    """Find out whose each request is, remembering what was looked up; `admit` comes once its method is known."""
    parts_of(app).add(Memory())
    app.before_request(recognise)
    signs_of_life.init_app(app)


def recognise() -> None:
    """Set `g.identity` and count the request, before anything of its body is read.

    A form may name its method; a stranger's that could not be anything open is
    refused without looking for that.
    """
    asked = the_request()
    g.sign = None  # of life, until it is known whose call this is
    g.identity = identity = identify(asked)
    rate_limits.require(identity, asked)
    if identity is None and asked.method == "POST" and asked.mimetype in FORMS:
        endpoint = asked.endpoint
        if endpoint is None or policy.required(endpoint) not in (policy.OPEN, None):
            raise refusal(asked)


def admit() -> None:
    """Let the request in or refuse it: default deny by the policy table."""
    asked = the_request()
    endpoint, identity = asked.endpoint, g.identity
    if endpoint is None:
        if identity is not None:
            signs_of_life.admitted()
        # No route: say 401 before 404, so that nobody maps the house from outside.
        if identity is None and asked.path.startswith(("/v1/", "/api/")):
            raise refusal(asked)
        return
    least = policy.required(endpoint)
    if least is None:
        raise Forbidden("FORBIDDEN", "Nobody has been given access to this.")
    if least == policy.OPEN or (least == policy.OPEN_IN_DEVELOPMENT and in_development(asked)):
        return
    if identity is None:
        raise refusal(asked)
    if identity.agent_id is not None:
        signs_of_life.admitted()  # also by a call that is refused
        require_own(endpoint, identity.agent_id)
    else:
        require_role(identity, least)
        signs_of_life.admitted()


def in_development(asked: Request) -> bool:
    """True with --dev, which serves loopback only, for who asks on this machine itself: no proxy passed it on."""
    return the_settings().dev and the_settings().loopback and from_loopback(asked)


def admit_again() -> None:
    """Raise as `admit` would by now: a call that waits must not outlive its right (security.md 6)."""
    identity = known(*g.credential)
    if identity is None:
        raise refusal(request)
    if identity.agent_id is None:
        require_role(identity, str(policy.required(str(request.endpoint))))


def require_role(identity: Identity, least: str) -> None:
    """Raise Forbidden for less than the role `least`."""
    if least == policy.AGENT:
        raise Forbidden("FORBIDDEN", "This is for an agent's own key.")
    if not policy.allows(identity.role, least):
        raise Forbidden("FORBIDDEN", f"This needs the role {policy.least_role(least)}; you are {identity.role}.")


def require_own(endpoint: str, agent_id: str) -> None:
    """Raise Forbidden unless an agent's key is used for that agent; whether the other exists stays untold."""
    scope = policy.agents_own(endpoint)
    values = request.view_args or {}
    if scope is None:
        raise Forbidden("FORBIDDEN", "An agent's key may not do this.")
    if scope == policy.PATH:
        speak_for(values.get("agent_id"))
    if scope == policy.HELD:
        with db.engine.connect() as connection:
            if not task.had(connection, str(values.get("task_id")), agent_id):
                raise Forbidden("NOT_YOUR_TASK", "This key's agent has not claimed such a task.")


def speak_for(agent_id: str | None) -> None:
    """Raise Forbidden when the request's key belongs to another agent than `agent_id` (security.md 4)."""
    own = g.identity.agent_id
    if own is not None and own != agent_id:
        raise Forbidden("NOT_YOUR_AGENT", "This key speaks for another agent.")


def identify(req: Request) -> Identity | None:
    """The identity behind a request's credential, or None."""
    credential = presented(req)
    g.credential = credential
    identity = None if credential is None else known(*credential)
    if identity is not None:
        req.environ[WHO] = f"{identity.name} ({identity.id})"
        if req.endpoint not in BY_THEIR_VIEWS:
            remember_use(identity.id, req.remote_addr)
    return identity


def grant() -> Grant:
    """The present request's credential, to be asked later."""
    app = the_app()
    return Grant(app, g.credential, g.identity.role)


def refusal(req: Request) -> Unauthorized:
    """The error for no credential, or for one that is not good."""
    presented_one = "Authorization" in req.headers or "X-Agent-Key" in req.headers or "token" in req.args
    if not presented_one:
        return Unauthorized("MISSING_AUTH_TOKEN", "Authorization header is required")
    return Unauthorized("INVALID_TOKEN", "Invalid bearer token")


def remember_use(token_id: str, address: str | None) -> None:
    """Note a secret's use, once a minute at most; a full disk must not keep anybody from reading."""
    now = time.monotonic()
    if token_id == DEV_ID or _noted.get(token_id, -NOTED) > now - NOTED:
        return
    if len(_noted) > NOTED_MOST:
        _noted.clear()
    _noted[token_id] = now
    with contextlib.suppress(StorageUnavailable):
        write(lambda tx: token.use(tx, token_id, address))
