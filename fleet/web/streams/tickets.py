"""Tickets: how a program without cookies or headers of its own opens a stream (design.md section 4)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypedDict
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, current_app, g
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Row
from werkzeug.exceptions import HTTPException

from fleet.db import Transaction
from fleet.errors import Invalid
from fleet.models import token
from fleet.models.json_types import Moment
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.security import credentials

stream_tickets = Blueprint("stream_tickets", __name__)

PATHS = ("/v1/stream", "/live")
OF_HOSTS = (
    "/api/agents/…/stream/commands/…",
    "/api/agents/…/stream/metrics",
    "/api/agents/…/stream/logs",
    "/v1/agents/…/logs/stream",
    "/v1/agents/…/commands/…/stream",
    "/v1/agents/…/metrics/stream",
)


class TicketCreate(Body):
    """Which stream is to be opened."""

    required: ClassVar = {"path": ("MISSING_PATH", "The stream's path is required")}

    path: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET


class Ticket(TypedDict, total=False):
    """A ticket for one stream; `ticket` is its secret, which an answer that is given again does not have."""

    ticket: str
    path: str
    connect_within: int
    expires_at: Moment


@stream_tickets.post("/stream-tickets")
@describes(Ticket, 201, body=TicketCreate)
def create() -> Response:
    """Make a ticket for one stream: first used within 60 seconds, good for that path (of a host's stream, with its query) for 12 hours."""
    path = place_of_stream(str(read(TicketCreate).path))
    identity = g.identity

    def make(tx: Transaction) -> tuple[Row[Any], str]:
        return token.create(
            tx,
            "ticket",
            identity.name,
            identity.role,
            expires_at=tx.now + token.TICKET_LIVES,
            path=path,
            parent_id=identity.id,
            person_id=identity.person_id,
        )

    return write_and_respond(
        make,
        json=lambda made: {"ticket": made[1]} | shape(made),
        status=201,
        kept=shape,
    )


def place_of_stream(path: str) -> str:
    """What a ticket is bound to: a stream's path, of a host's stream the query too. Raises Invalid for anything else."""
    if path in PATHS:
        return path
    parts = urlsplit(path)
    if path.startswith("/") and not path.startswith("//") and not parts.fragment and leads_to_stream(parts.path):
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        if "token" not in dict(pairs):
            return credentials.place_of(parts.path, pairs)
    raise Invalid("INVALID_PATH", f"There is no stream there; one of: {', '.join((*PATHS, *OF_HOSTS))}.", field="path")


def leads_to_stream(path: str) -> bool:
    """True for the path of a stream of a host's."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return str(endpoint).removeprefix("v1_") in credentials.STREAMS_BY_QUERY


def shape(ticket: tuple[Row[Any], str]) -> dict[str, Any]:
    """A ticket without its secret, as an answer is kept and given again (contract I12)."""
    row, _ = ticket
    return {
        "path": row.path,
        "connect_within": int(token.TICKET_WAITS.total_seconds()),
        "expires_at": row.expires_at,
    }
