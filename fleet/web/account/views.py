"""My account: who I am here, where I am signed in, which tokens are mine."""

from __future__ import annotations

from typing import Any, ClassVar, TypedDict

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.models import person
from fleet.web.account import pages
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.people.shapes import Person, SomeName
from fleet.web.people.shapes import shape as person_shape
from fleet.web.security import credentials
from fleet.web.security.person import oneself

account = Blueprint("account", __name__)


class AccountPatch(Body):
    """What everybody may change about themselves: not their role (security.md 2)."""

    not_blank: ClassVar = {"name": ("MISSING_NAME", "A name is required")}

    name: SomeName | UnsetType = UNSET


class Account(TypedDict):
    """Who asks, what they may, and the person behind it, if there is one."""

    id: str
    name: str
    role: str
    person: Person | None


@account.get("")
@describes(Account)
def show() -> Response:
    """The page, or who this credential is and what it may."""
    return respond(page=pages.show, json=shape)


@account.patch("")
@form_page(pages.failed_form("account"))
@describes(Person, body=AccountPatch, codes=("NOT_A_PERSON",))
def edit() -> Response:
    """Change one's own name."""
    changes = read(AccountPatch).given()
    person_id = oneself().id
    answer = write_and_respond(
        lambda tx: person.edit(tx, person_id, changes), json=person_shape, goto="/account?saved=account"
    )
    credentials.forget()
    return answer


def shape() -> dict[str, Any]:
    """Who asks."""
    identity = g.identity
    return {
        "id": identity.id,
        "name": identity.name,
        "role": identity.role,
        "person": person_shape(oneself()) if identity.person_id else None,
    }
