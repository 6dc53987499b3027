"""People: invited, given a role, shut out. For administrators (security.md 2)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypedDict

from flask import Blueprint, Response, g
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Row

from fleet.db import Transaction, db
from fleet.models import person, token
from fleet.models.json_types import Role
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encoded, html_response, respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.people import pages
from fleet.web.people.shapes import AnyName, InvitedPerson, Person, SomeName, link_shape, shape
from fleet.web.security import credentials

people = Blueprint("people", __name__)

WRONG = {"role": f"One of: {', '.join(token.ROLES)}."}
Invited = tuple[Row[Any], token.Issued]


class PersonCreate(Body):
    """Somebody to invite."""

    required: ClassVar = {
        "email": ("MISSING_EMAIL", "An e-mail address is required: people sign in with it"),
        "role": ("MISSING_ROLE", "A role is required"),
    }
    wrong: ClassVar = WRONG

    email: Annotated[str, Meta(max_length=254)] | UnsetType = UNSET
    name: AnyName = ""
    role: Role | UnsetType = UNSET


class PersonPatch(Body):
    """What may change about somebody; nobody chooses another one's password."""

    wrong: ClassVar = WRONG
    not_blank: ClassVar = {"name": ("MISSING_NAME", "A name is required")}

    name: SomeName | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class People(TypedDict):
    """Everybody, by name."""

    people: list[Person]


@people.get("")
@describes(People)
def index() -> Response:
    """Everybody, by name."""
    with db.engine.connect() as connection:
        rows = list(person.everybody(connection))
    return respond(page=pages.index, json=lambda: {"people": encoded(map(shape, rows))})


@people.post("")
@form_page(pages.failed_invitation)
@describes(InvitedPerson, 201, body=PersonCreate, codes=("EMAIL_TAKEN", "INVALID_EMAIL"))
def create() -> Response:
    """Invite somebody: the answer holds a one-time link, good for three days, shown this once."""
    body, by = read(PersonCreate), g.identity.name

    def invite(tx: Transaction) -> Invited:
        row = person.invite(tx, str(body.email), body.name, str(body.role))
        return row, token.link(tx, row, by)

    if not wants_json():
        _, link = write(invite)
        return html_response(pages.index(link=link), 201)
    return write_and_respond(
        invite,
        json=lambda made: shape(made[0]) | link_shape(made[1]),
        status=201,
        kept=lambda made: shape(made[0]),
    )


@people.get("/<person_id>")
@describes(Person)
def show(person_id: str) -> Response:
    """One person."""
    with db.engine.connect() as connection:
        row = person.find(connection, person_id)
    return respond(page=lambda: pages.index(person_id=person_id), json=lambda: shape(row))


@people.patch("/<person_id>")
@form_page(pages.failed_edit)
@describes(Person, body=PersonPatch, codes=("LAST_ADMIN",))
def edit(person_id: str) -> Response:
    """Rename somebody, change their role, shut them out or let them in again; in force within a second."""
    changes = read(PersonPatch).given()

    def change(tx: Transaction) -> Row[Any]:
        return person.edit(tx, person_id, changes)

    answer = write_and_respond(change, json=shape, goto=f"/people/{person_id}?saved")
    credentials.forget()
    return answer
