"""Tickets: how a program without cookies or headers of its own opens a stream (design.md section 4)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypedDict

from flask import Blueprint, Response, g
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Row

from fleet.db import Transaction
from fleet.errors import Invalid
from fleet.models import token
from fleet.models.json_types import Moment
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond

stream_tickets = Blueprint("stream_tickets", __name__)

PATHS = ("/v1/stream", "/live")


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
    """Make a ticket for one stream: first used within 60 seconds, good for that path for 12 hours."""
    path = str(read(TicketCreate).path)
    if path not in PATHS:
        raise Invalid("INVALID_PATH", f"There is no stream there; one of: {', '.join(PATHS)}.", field="path")
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


def shape(ticket: tuple[Row[Any], str]) -> dict[str, Any]:
    """A ticket without its secret, as an answer is kept and given again (contract I12)."""
    row, _ = ticket
    return {
        "path": row.path,
        "connect_within": int(token.TICKET_WAITS.total_seconds()),
        "expires_at": row.expires_at,
    }
