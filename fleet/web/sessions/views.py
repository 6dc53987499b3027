"""The browsers that a person is signed in on: listed, and signed out one by one (or all others)."""

from __future__ import annotations

from typing import Any, TypedDict

from flask import Blueprint, Response, g
from sqlalchemy import Row

from fleet import clock
from fleet.db import Transaction, db
from fleet.errors import NotFound
from fleet.models import token
from fleet.models.json_types import Moment
from fleet.web.http.browsers import called
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write
from fleet.web.security import credentials

devices = Blueprint("devices", __name__)


class Session(TypedDict):
    """A browser that the caller is signed in on."""

    id: str
    device: str
    user_agent: str | None
    address: str | None
    created_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None
    current: bool


class Sessions(TypedDict):
    """The open ones; a token has none."""

    sessions: list[Session]


@devices.get("")
@describes(Sessions)
def index() -> Response:
    """The open sessions of the caller; a token has none."""
    return respond(json=lambda: {"sessions": [shape(row) for row in mine()]}, goto="/account")


@devices.delete("/<session_id>")
@describes()
def delete(session_id: str) -> Response:
    """Sign one of one's browsers out, or with `others` all but this one."""
    person = g.identity.person_id
    own = g.identity.id

    def end(tx: Transaction) -> None:
        if session_id == "others" and person is not None:
            token.end_sessions(tx, person, besides=own)
            return
        missing = NotFound("SESSION_NOT_FOUND", "Session not found")
        if person is None:
            raise missing
        try:
            token.revoke(tx, session_id, token.TOKENS.c.kind == "session", token.TOKENS.c.person_id == person)
        except NotFound:  # which speaks of a token: sessions are kept as such
            raise missing from None

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
        "id": row.id,
        "device": called(row.device),
        "user_agent": row.device,
        "address": row.address,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "expires_at": row.expires_at,
        "current": row.id == g.identity.id,
    }
