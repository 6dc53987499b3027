"""One-time links: the first start's, an invitation, a forgotten password. By one somebody chooses a password."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy import Connection, Row

from fleet import clock
from fleet.db import Transaction, db
from fleet.errors import Unauthorized
from fleet.models import person, token
from fleet.models.person.password import hashed, require_good
from fleet.web.framework.threadpool import aside
from fleet.web.http.browsers import browser
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import html_response
from fleet.web.http.writes import write
from fleet.web.pages.page import Form
from fleet.web.security import login_throttle, refusals
from fleet.web.sessions.pages import door
from fleet.web.sessions.pages import page as login_page
from fleet.web.sessions.previous import instead_of, previous

WRONG_LINK = "This link has been used, or is too old. Ask for a new one, or sign in below."


def page(secret: str, form: Form | None = None) -> str:
    """What a link opens: who is welcomed, and the password to choose. Looking does not spend it."""
    with db.engine.connect() as connection:
        link = token.usable(connection, secret, "link", clock.now())
        person = person_of(connection, link)
    if link is None:
        return login_page(WRONG_LINK)
    return door("sessions/link.html", "Choose a password", link=secret, person=person, form=form or Form("link"))


def failed(wrong_field: str | None, message: str) -> str:
    """What a link opens, with what was wrong with the form; too many tries are a pause."""
    if wrong_field is None:
        return login_page(message, pause=True)
    return page(request.form["link"], Form.failed("link", wrong_field, message))


def accept() -> token.Issued | Response:
    """Spend the link in the form: a session for whom it was made, with the password that they chose.

    The first start's link has nobody yet: it makes the first administrator.
    """
    secret = request.form.get("link", "")
    tries = login_throttle.tries("")
    tries.require()
    with db.engine.connect() as connection:
        link = token.usable(connection, secret, "link", clock.now())
        row = person_of(connection, link)
    if link is None:
        tries.failed()
        return refused()
    typed = {name: request.form.get(name, "") for name in ("email", "name", "password")}
    email = row.email if row else person.lowered(typed["email"])
    keeps = row is not None and row.password_hash is not None and not typed["password"]
    if not keeps:
        require_good(typed["password"], email, row.name if row else typed["name"])
    stored = None if keeps else aside(lambda: hashed(typed["password"]))
    where, before = browser(), previous()
    session = write(lambda tx: instead_of(tx, before, let_in(tx, secret, row, email, typed["name"], stored, where)))
    return refused() if session is None else session


def let_in(
    tx: Transaction,
    secret: str,
    row: Row[Any] | None,
    email: str,
    name: str,
    stored: str | None,
    where: dict[str, str | None],
) -> token.Issued | None:
    """Use the link up, once: the person's session, or None when somebody was faster."""
    link = token.spend(tx, "link", secret)
    if link is None:
        return None
    if row is None:
        row = person.invite(tx, email, name, link.role)
    if stored is not None:
        row = person.set_password(tx, row.id, stored)
    return token.session(tx, row.name, row.role, person_id=row.id, **where)


def person_of(connection: Connection, link: Row[Any] | None) -> Row[Any] | None:
    """Whom a link was made for; None for the first start's."""
    return None if link is None or link.person_id is None else person.find(connection, link.person_id)


def refused() -> Response:
    """401 for a link that is no good (any more)."""
    if wants_json():
        raise Unauthorized("INVALID_TOKEN", WRONG_LINK)
    refusals.note("INVALID_TOKEN")
    return html_response(login_page(WRONG_LINK), 401)
