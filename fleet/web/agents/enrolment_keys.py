"""Enrolment keys: each makes one agent with a key of its own, within 15 minutes (security.md 16)."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from flask import Blueprint, Response, g, request
from msgspec import Meta
from sqlalchemy import Row

from fleet import clock
from fleet.db import Transaction, db
from fleet.models import token
from fleet.models.json_types import Moment
from fleet.parts import the
from fleet.web.agents import pages
from fleet.web.http import queries
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encoded, html_response, respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.pages.host_pages import HostPages
from fleet.web.pages.page import Form
from fleet.web.security.person import secret_behind

enrolment_keys = Blueprint("enrolment_keys", __name__)


class EnrolmentKeyCreate(Body):
    """A key for one agent to come; `name` says for which."""

    name: Annotated[str, Meta(max_length=100)] = ""


class EnrolmentKey(TypedDict):
    """A key for one agent to come, without its secret."""

    id: str
    name: str
    prefix: str
    made_by: str | None
    created_at: Moment
    expires_at: Moment | None


class NewEnrolmentKey(EnrolmentKey, total=False):
    """A new one; `key` is its secret, which an answer that is given again does not have."""

    key: str


class EnrolmentKeys(TypedDict):
    """Those that nobody has used yet."""

    enrolment_keys: list[EnrolmentKey]


@enrolment_keys.get("/enrolment-keys")
@describes(EnrolmentKeys)
def index() -> Response:
    """Keys that nobody has used yet."""
    with db.engine.connect() as connection:
        rows = token.enrolment_keys(connection, clock.now())
    return respond(json=lambda: {"enrolment_keys": encoded(map(shape, rows))}, goto="/agents/new")


@enrolment_keys.post("/enrolment-keys")
@form_page(pages.failed_new)
@describes(NewEnrolmentKey, 201, body=EnrolmentKeyCreate)
def create() -> Response:
    """Make one; it works once, for 15 minutes, and only to enrol."""
    body, by, behind = read(EnrolmentKeyCreate), g.identity.name, secret_behind()

    def make(tx: Transaction) -> token.Issued:
        return token.enrolment(tx, body.name.strip() or "enrolment", by, behind)

    if not wants_json():
        new_key = write(make)
        if queries.page_choice(request.args, "for", ("host",)):
            return html_response(the(HostPages).new(new_key), 201)
        return html_response(pages.new_page(Form(), new_key), 201)
    return write_and_respond(
        make,
        json=lambda new_key: shape(new_key.row) | {"key": new_key.secret},
        status=201,
        kept=lambda new_key: shape(new_key.row),
    )


@enrolment_keys.delete("/enrolment-keys/<key_id>")
@describes(codes=("TOKEN_NOT_FOUND",))
def delete(key_id: str) -> Response:
    """Take one back before it was used."""
    write(lambda tx: token.revoke(tx, key_id, token.TOKENS.c.kind == "enrolment"))
    return respond(goto="/agents/new")


def shape(row: Row[Any]) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "made_by": row.made_by,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }
