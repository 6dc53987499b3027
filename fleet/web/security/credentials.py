"""What a request shows to say who sends it: a bearer token, an agent's key, a session cookie, a stream ticket.

What was looked up is remembered until a secret or a person changes, in this
process or another one, which is looked for twice a second: what was revoked
stops working within a second (security.md 6).
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Request
from sqlalchemy import Row

from fleet import clock
from fleet.db import db
from fleet.models import token
from fleet.parts import the
from fleet.web.framework.current import the_request, the_settings

DEV_TOKEN = "fleet-agent-token-123"  # noqa: S105  # document 1's, accepted with --dev only
DEV_ID = "dev"
COOKIE = "fleet_session"
REMEMBERED = 30.0  # seconds, at most
ASKED_EVERY = 0.4
MOST = 50_000  # a fleet of hosts among them
AGENT_PREFIX = "fla_"
Credential = tuple[str, str, str]
STREAMS = ("stream.show", "live.pages")
# Streams whose query says what they bring: a ticket for one is bound to it, too.
STREAMS_BY_QUERY = (
    "api_streams.commands",
    "api_streams.metrics",
    "api_logs.stream",
    "host_logs.stream",
    "command_outputs.stream",
    "host_metrics.stream",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks.

    `id` is the credential's, `grant_id` that of the token which a session was made with (else the same);
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
    def holder_id(self) -> str:
        """Whose this is, however they come: the person's id, or that of a token which belongs to nobody."""
        return self.person_id or self.grant_id

    @property
    def initials(self) -> str:
        """One or two letters for the corner of the page."""
        words = [word for word in self.name.replace("-", " ").split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"


DEV = Identity(DEV_ID, "Developer", "admin", DEV_ID)


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
    if endpoint in STREAMS_BY_QUERY and "token" in req.args:
        pairs = [pair for pair in req.args.items(multi=True) if pair[0] != "token"]
        return "ticket", req.args["token"], place_of(req.path, pairs)
    cookie = req.cookies.get(cookie_name())
    return ("session", cookie, "") if cookie else None


def place_of(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A stream's path and query, in whatever order that was written."""
    query = urlencode(sorted(pairs))
    return f"{path}?{query}" if query else path


def bearer(secret: str) -> Credential:
    """A bearer header holds a token, or an agent's key: their prefixes tell them apart."""
    return ("agent" if secret.startswith(AGENT_PREFIX) else "token"), secret, ""


@dataclass(frozen=True, slots=True)
class Grant:
    """The credential behind something that lasts: a stream asks it whether it is still good, and for as much."""

    app: Flask
    credential: Credential
    role: str

    def still_good(self) -> bool:
        """False once the credential was revoked or has expired, or gives another role."""
        with self.app.app_context():
            identity = known(*self.credential)
        return identity is not None and identity.role == self.role


class Memory:
    """What one application has looked up, good until a secret or a person changes anywhere."""

    def __init__(self) -> None:
        self._found: dict[Credential, tuple[float, Identity | None]] = {}
        self._edition = -1
        self._asked_at = float("-inf")

    def recall(self, key: Credential) -> tuple[float, Identity | None] | None:
        """What is remembered of a credential, if it still counts: until when, and whose."""
        if time.monotonic() - self._asked_at > ASKED_EVERY:
            self._ask()
        remembered = self._found.get(key)
        return remembered if remembered is not None and remembered[0] > time.monotonic() else None

    def keep(self, key: Credential, identity: Identity | None, seconds: float) -> None:
        """Remember whose a credential is, for so many seconds at most."""
        if len(self._found) > MOST:
            self._found.clear()
        self._found[key] = (time.monotonic() + seconds, identity)

    def forget(self) -> None:
        """Look everything up anew from now on."""
        self._found.clear()

    def _ask(self) -> None:
        with db.engine.connect() as connection:
            edition = token.edition(connection)
        self._asked_at = time.monotonic()
        if edition != self._edition:
            self._edition = edition
            self.forget()


def memory() -> Memory:
    """The present application's."""
    return the(Memory)


def known(kind: str, secret: str, path: str) -> Identity | None:
    """Who holds `secret`."""
    key = (kind, token.digest(secret), path)
    remembered = memory().recall(key)
    if remembered is not None:
        return remembered[1]
    row, identity = held(kind, secret, path)
    memory().keep(key, identity, seconds_good(row))
    return identity


def seconds_good(row: Any) -> float:
    """For how long what was found may be remembered: no longer than the secret, or what it was made with, lives."""
    ends = [at for at in (row.expires_at, row.parent_expires_at) if at is not None] if row else []
    left: list[float] = [(at - clock.now()).total_seconds() for at in ends]
    return min([REMEMBERED, *left])


def look_up(kind: str, secret: str, path: str) -> Identity | None:
    """Ask the database who holds `secret`; a ticket is good for its path only."""
    return held(kind, secret, path)[1]


def held(kind: str, secret: str, path: str) -> tuple[Row[Any] | None, Identity | None]:
    """The row behind `secret`, where there is one, and whose it is."""
    dev = the_settings().dev
    if kind == "token" and dev and hmac.compare_digest(secret.encode(), DEV_TOKEN.encode()):
        return None, DEV
    with db.engine.connect() as connection:
        if kind == "ticket":
            row = token.usable_ticket(connection, secret, path, clock.now(), dev=dev)
        else:
            row = token.usable(connection, secret, kind, clock.now(), dev=dev)
    return row, identity_of(row) if row is not None else None


def identity_of(row: Any) -> Identity:
    """A secret's row as an identity; a session acts for the token that it was made with."""
    name = row.person_name if row.kind == "session" and row.person_id else row.name
    acts_for = row.parent_id if row.kind == "session" else None
    return Identity(row.id, name, token.role_of(row), acts_for or row.id, row.person_id, row.agent_id)


def forget() -> None:
    """Look every credential up anew from now on: one was revoked or has signed out."""
    memory().forget()


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http cannot have that."""
    return f"__Host-{COOKIE}" if is_secure() else COOKIE


def is_secure() -> bool:
    """True when this request came by https, or people always come so."""
    return the_request().is_secure or the_settings().public_url.startswith("https://")
