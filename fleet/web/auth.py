"""Whose request this is: a bearer token, a session cookie, or a stream ticket.

Role and name come from the credential, never from the request's body
(security.md 4). A credential is looked up at most once a second, so a revoked
one stops working within that second (security.md 6).
"""

from __future__ import annotations

import contextlib
import hmac
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, current_app, g, request

from fleet import clock
from fleet.db import db, write
from fleet.errors import Forbidden, StorageUnavailable, Unauthorized
from fleet.logs import WHO
from fleet.models import token
from fleet.web import policy

DEV_TOKEN = "fleet-agent-token-123"  # noqa: S105  # document 1's, accepted with --dev only
DEV_ID = "dev"
COOKIE = "fleet_session"
REMEMBERED = 1.0
Credential = tuple[str, str, str]
STREAMS = ("stream.show", "live.pages")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `id` is the credential's, `grant_id` that of the token it was made with."""

    id: str
    name: str
    role: str
    grant_id: str

    @property
    def initials(self) -> str:
        """One or two letters for the corner of the page."""
        words = [word for word in self.name.replace("-", " ").split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"


@dataclass(frozen=True, slots=True)
class May:
    """What a page offers its viewer."""

    operate: bool
    administer: bool

    @classmethod
    def of(cls, role: str) -> May:
        """What `role` may."""
        return cls(policy.allows(role, "operator"), policy.allows(role, "admin"))


DEV = Identity(DEV_ID, "Developer", "admin", DEV_ID)
_remembered: dict[tuple[str, str, str], tuple[float, Identity | None]] = {}


def init_app(app: Flask) -> None:
    """Check every request before its view runs."""
    app.before_request(admit)


def admit() -> None:
    """Set `g.identity`, or refuse: default deny by the policy table."""
    endpoint = request.endpoint
    if endpoint is None:
        # No route: say 401 before 404, so that nobody maps the house from outside.
        g.identity = identify(request)
        if g.identity is None and request.path.startswith("/v1/"):
            raise refusal(request)
        return
    least = policy.required(endpoint)
    if least is None:
        raise Forbidden("FORBIDDEN", "Nobody has been given access to this.")
    g.identity = identify(request)
    if least == policy.OPEN:
        return
    if g.identity is None:
        raise refusal(request)
    if not policy.allows(g.identity.role, least):
        raise Forbidden("FORBIDDEN", f"This needs the role {least}; you are {g.identity.role}.")


def identify(req: Request) -> Identity | None:
    """The identity behind a request's credential, or None."""
    credential = presented(req)
    g.credential = credential
    identity = None if credential is None else known(*credential)
    if identity is not None:
        req.environ[WHO] = f"{identity.name} ({identity.id})"
    return identity


def presented(req: Request) -> Credential | None:
    """The credential that a request carries: its kind, the secret, and the path it was shown for."""
    header = req.headers.get("Authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        return ("token", secret.strip(), "") if scheme.lower() == "bearer" else None
    endpoint = (req.endpoint or "").removeprefix("v1_")
    if endpoint in STREAMS and "token" in req.args:
        return "ticket", req.args["token"], req.path
    cookie = req.cookies.get(cookie_name())
    return ("session", cookie, "") if cookie else None


@dataclass(frozen=True, slots=True)
class Grant:
    """The credential behind something that lasts: a stream asks it whether it is still good."""

    app: Flask
    credential: Credential

    def still_good(self) -> bool:
        """False once the credential was revoked or has expired."""
        with self.app.app_context():
            return known(*self.credential) is not None


def grant() -> Grant:
    """The present request's credential, to be asked later."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy
    return Grant(app, g.credential)


def refusal(req: Request) -> Unauthorized:
    """The error for no credential, or for one that is not good."""
    if req.headers.get("Authorization") is None and "token" not in req.args:
        return Unauthorized("MISSING_AUTH_TOKEN", "Authorization header is required")
    return Unauthorized("INVALID_TOKEN", "Invalid bearer token")


def known(kind: str, secret: str, path: str) -> Identity | None:
    """Who holds `secret`; remembered for a second."""
    key = (kind, token.digest(secret), path)
    found = _remembered.get(key)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    identity = look_up(kind, secret, path)
    if len(_remembered) > 10_000:
        _remembered.clear()
    _remembered[key] = (time.monotonic() + REMEMBERED, identity)
    return identity


def look_up(kind: str, secret: str, path: str) -> Identity | None:
    """Ask the database who holds `secret`; a ticket is good for its path only."""
    dev = current_app.config["FLEET"].dev
    if kind == "token" and dev and hmac.compare_digest(secret.encode(), DEV_TOKEN.encode()):
        return DEV
    with db.engine.connect() as connection:
        if kind == "ticket":
            row = token.usable_ticket(connection, secret, path, clock.now(), dev=dev)
        else:
            row = token.usable(connection, secret, kind, clock.now(), dev=dev)
    if row is None:
        return None
    remember_use(row)
    return identity_of(row)


def identity_of(row: Any) -> Identity:
    """A token's row as an identity; a session acts for the token that it was made with."""
    return Identity(row.id, row.name, row.role, row.parent_id or row.id)


def remember_use(row: Any) -> None:
    """Note a token's use, once a minute at most; a full disk must not keep anybody from reading."""
    if row.last_used_at is None or (clock.now() - row.last_used_at).total_seconds() > 60:
        with contextlib.suppress(StorageUnavailable):
            write(lambda tx: token.use(tx, row.id))


def forget() -> None:
    """Look every credential up anew from now on: one was revoked or has signed out."""
    _remembered.clear()


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http cannot have that."""
    return f"__Host-{COOKIE}" if is_secure() else COOKIE


def is_secure() -> bool:
    """True when this request came by https, or people always come so."""
    return request.is_secure or bool(current_app.config["FLEET"].public_url.startswith("https://"))
