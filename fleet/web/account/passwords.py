"""One's own password: changed with the old one; every other browser is signed out by that."""

from __future__ import annotations

from typing import Annotated, ClassVar

from flask import Blueprint, Response, g
from msgspec import UNSET, Meta, UnsetType

from fleet.errors import Invalid
from fleet.models import person
from fleet.models.person.password import LONGEST, hashed, matches, require_good
from fleet.web.account import pages
from fleet.web.framework.threadpool import aside
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write
from fleet.web.pages.forms import form_page
from fleet.web.security import credentials, login_throttle, refusals
from fleet.web.security.person import oneself

passwords = Blueprint("passwords", __name__)

Password = Annotated[str, Meta(max_length=4 * LONGEST)]


class PasswordPatch(Body):
    """The password in force, and the one to come."""

    required: ClassVar = {
        "current_password": ("MISSING_CURRENT_PASSWORD", "Your present password is required"),
        "password": ("MISSING_PASSWORD", "A new password is required"),
    }

    current_password: Password | UnsetType = UNSET
    password: Password | UnsetType = UNSET


@passwords.put("/password")
@form_page(pages.failed_form("password"))
@describes(body=PasswordPatch, codes=("NOT_A_PERSON", "TOO_MANY_ATTEMPTS", "WEAK_PASSWORD", "WRONG_PASSWORD"))
def edit() -> Response:
    """Change one's own password. 409 for a token that belongs to nobody."""
    body = read(PasswordPatch)
    row = oneself()
    tries = login_throttle.tries(row.email)
    with tries.under_way():
        if not aside(lambda: matches(row.password_hash, str(body.current_password))):
            tries.failed()
            refusals.note("WRONG_PASSWORD")
            raise Invalid("WRONG_PASSWORD", "This is not your present password.", field="current_password")
    require_good(str(body.password), row.email, row.name)
    stored = aside(lambda: hashed(str(body.password)))
    own = g.identity.id
    write(lambda tx: person.set_password(tx, row.id, stored, besides=own))
    tries.succeeded()
    credentials.forget()
    return respond(goto="/account?saved=password")
