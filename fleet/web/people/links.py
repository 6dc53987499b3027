"""A new one-time link for somebody: an invitation again, or a forgotten password."""

from __future__ import annotations

from flask import Blueprint, Response, g

from fleet.db import Transaction, db
from fleet.models import person, token
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import html_response
from fleet.web.http.writes import write, write_and_respond
from fleet.web.people import pages
from fleet.web.people.shapes import InvitedPerson, link_shape, shape
from fleet.web.people.views import Invited
from fleet.web.security import credentials

person_links = Blueprint("person_links", __name__)


@person_links.post("/<person_id>/links")
@describes(InvitedPerson, 201, codes=("PERSON_DISABLED",))
def create(person_id: str) -> Response:
    """Make a link; earlier ones of this person end. It changes no password until it is used."""
    by = g.identity.name

    def make(tx: Transaction) -> Invited:
        row = person.find(tx.connection, person_id)
        return row, token.link(tx, row, by)

    if not wants_json():
        _, link = write(make)
        credentials.forget()
        return html_response(pages.index(person_id=person_id, link=link), 201)
    with db.engine.connect() as connection:
        person.find(connection, person_id)
    return write_and_respond(
        make,
        json=lambda made: shape(made[0]) | link_shape(made[1]),
        status=201,
        kept=lambda made: shape(made[0]),
    )
