"""What a request shows to say who sends it: a bearer token, an agent's key, a session cookie, a stream ticket.

A credential is looked up at most once a second, so a revoked one stops working
within that second (security.md 6).
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, current_app, request

from fleet import clock
from fleet.db import db
from fleet.models import token

DEV_TOKEN = "fleet-agent-token-123"  # noqa: S105  # document 1's, accepted with --dev only
DEV_ID = "dev"
COOKIE = "fleet_session"
REMEMBERED = 1.0
AGENT_PREFIX = "fla_"
Credential = tuple[str, str, str]
STREAMS = ("stream.show", "live.pages")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks.

    `id` is the credential's, `grant_id` that of the one it was made with;
    `person_id` says who a session or a personal token belongs to, `agent_id` which
    agent a key speaks for.
    """

    id: str
    name: str
    role: str
    grant_id: str
    person_id: str | None = None
    agent_id: str | None = None

    @property
    def initials(self) -> str:
        """One or two letters for the corner of the page."""
        words = [word for word in self.name.replace("-", " ").split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"


DEV = Identity(DEV_ID, "Developer", "admin", DEV_ID)
_remembered: dict[tuple[str, str, str], tuple[float, Identity | None]] = {}


def presented(req: Request) -> Credential | None:
    """The credential that a request carries: its kind, the secret, and the path it was shown for."""
    header = req.headers.get("Authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        return bearer(secret.strip()) if scheme.lower() == "bearer" else None
    key = req.headers.get("X-Agent-Key")  # document 3's header
    if key is not None:
        return "agent", key.strip(), ""
    endpoint = (req.endpoint or "").removeprefix("v1_")
    if endpoint in STREAMS and "token" in req.args:
        return "ticket", req.args["token"], req.path
    cookie = req.cookies.get(cookie_name())
    return ("session", cookie, "") if cookie else None


def bearer(secret: str) -> Credential:
    """A bearer header holds a token, or an agent's key: their prefixes tell them apart."""
    return ("agent" if secret.startswith(AGENT_PREFIX) else "token"), secret, ""


@dataclass(frozen=True, slots=True)
class Grant:
    """The credential behind something that lasts: a stream asks it whether it is still good."""

    app: Flask
    credential: Credential

    def still_good(self) -> bool:
        """False once the credential was revoked or has expired."""
        with self.app.app_context():
            return known(*self.credential) is not None


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
    return identity_of(row)


def identity_of(row: Any) -> Identity:
    """A secret's row as an identity; a session acts for the token that it was made with."""
    name = row.person_name if row.kind == "session" and row.person_id else row.name
    return Identity(row.id, name, token.role_of(row), row.parent_id or row.id, row.person_id, row.agent_id)


def forget() -> None:
    """Look every credential up anew from now on: one was revoked or has signed out."""
    _remembered.clear()


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http cannot have that."""
    return f"__Host-{COOKIE}" if is_secure() else COOKIE


def is_secure() -> bool:
    """True when this request came by https, or people always come so."""
    return request.is_secure or bool(current_app.config["FLEET"].public_url.startswith("https://"))
