"""The browsers that a person is signed in on: listed, and signed out one by one (or all others)."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Row

from fleet import clock
from fleet.db import Transaction, db
from fleet.errors import NotFound
from fleet.models import token
from fleet.web import credentials
from fleet.web.respond import respond
from fleet.web.writes import write

devices = Blueprint("devices", __name__)

# What people call it, and how it calls itself; the first that fits.
BROWSERS = (
    ("Edge", "Edg/"), ("Opera", "OPR/"), ("Firefox", "Firefox/"), ("Firefox", "FxiOS/"),
    ("Chrome", "CriOS/"), ("Chrome", "Chrome/"), ("Safari", "Safari/"), ("curl", "curl/"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("macOS", "Mac OS X"), ("ChromeOS", "CrOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser() -> dict[str, str | None]:
    """Where a session is: the browser's own words, and the address."""
    said = re.sub(r"[^\x20-\x7e]", "", request.headers.get("User-Agent", ""))[:300]
    return {"device": said, "address": request.remote_addr}


def called(said: str | None) -> str:
    """A browser for people: "Firefox on Linux"."""
    program = next((name for name, mark in BROWSERS if mark in (said or "")), "A program")
    system = next((name for name, mark in SYSTEMS if mark in (said or "")), None)
    return f"{program} on {system}" if system else program


@devices.get("")
def index() -> Response:
    """The open sessions of whoever asks; a token has none."""
    return respond(json=lambda: {"sessions": [shape(row) for row in mine()]}, goto="/account")


@devices.delete("/<session_id>")
def delete(session_id: str) -> Response:
    """Sign one of one's browsers out, or with `others` all but this one."""
    person = g.identity.person_id
    own = g.identity.id

    def end(tx: Transaction) -> None:
        if session_id == "others" and person is not None:
            token.end_sessions(tx, person, besides=own)
            return
        if person is None:
            raise NotFound("SESSION_NOT_FOUND", "Session not found")
        token.revoke(tx, session_id, token.TOKENS.c.kind == "session", token.TOKENS.c.person_id == person)

    write(end)
    credentials.forget()
    return respond(goto="/account")


def mine() -> list[Row[Any]]:
    """The open sessions of the person who asks."""
    if g.identity.person_id is None:
        return []
    with db.engine.connect() as connection:
        return list(token.sessions(connection, g.identity.person_id, clock.now()))


def shape(row: Row[Any]) -> dict[str, Any]:
    """A session for its owner."""
    return {
        "id": row.id, "device": called(row.device), "user_agent": row.device, "address": row.address,
        "created_at": row.created_at, "last_used_at": row.last_used_at, "expires_at": row.expires_at,
        "current": row.id == g.identity.id,
    }  # fmt: skip
