"""Signing in with a password, a token or a one-time link, and out again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Row

from fleet.db import Transaction, db
from fleet.errors import Unauthorized
from fleet.models import person, token
from fleet.models.person.password import matches
from fleet.web.framework.threadpool import aside
from fleet.web.http.browsers import browser
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import html_response, json_response, respond
from fleet.web.http.writes import write
from fleet.web.pages.forms import form_page
from fleet.web.security import credentials, login_throttle, refusals
from fleet.web.sessions import development, login_links
from fleet.web.sessions.pages import landing, page
from fleet.web.sessions.previous import instead_of, previous

sessions = Blueprint("sessions", __name__)

WRONG_TOKEN = "This token is not known here, or it is not good any more."  # noqa: S105  # a sentence
WRONG_PASSWORD = "E-mail or password is wrong."  # noqa: S105  # a sentence
WRONG_DEVELOPER = "That is for a Fleet in development mode (--dev), on the machine that it runs on."


def failed_sign_in(wrong_field: str | None, message: str) -> str:
    """The door again: the way in that was tried, with what was typed, secrets aside; too many tries are a pause."""
    if request.form.get("link"):
        return login_links.failed(wrong_field, message)
    return page(message, email=request.form.get("email", ""), by_token="token" in request.form, pause=True)


@sessions.get("/login")
def new() -> Response:
    """The login page; a one-time link is spent by the button, not by looking at it."""
    link = request.args.get("link")
    if link:
        return respond(page=lambda: login_links.page(link))
    if g.identity is not None:
        return respond(goto=landing())
    return respond(page=lambda: page(by_token="token" in request.args))


@sessions.post("/login")
@form_page(failed_sign_in)
def create() -> Response:
    """Sign in: set the session cookie and go where the visitor wanted to go."""
    if request.form.get("link"):
        return welcome(login_links.accept())
    if "developer" in request.form:
        return welcome(as_developer())
    if "token" in request.form:
        return welcome(from_token(request.form["token"].strip()))
    return welcome(from_password(request.form.get("email", ""), request.form.get("password", "")))


@sessions.route("/logout", methods=["POST"])
def delete() -> Response:
    """Sign out on this browser."""
    identity = g.identity
    if g.credential is not None and g.credential[0] == "session":
        write(lambda tx: token.end_session(tx, identity.id))
        credentials.forget()
    response = respond(goto="/login")
    response.delete_cookie(credentials.cookie_name(), path="/", secure=credentials.is_secure(), httponly=True)
    return response


def welcome(outcome: token.Issued | Response) -> Response:
    """The answer to a sign-in: the cookie, or what went wrong."""
    if isinstance(outcome, Response):
        return outcome
    credentials.forget()  # of the session that this one takes the place of
    response = json_response(None) if wants_json() else respond(goto=landing())
    set_cookie(response, outcome.secret)
    return response


def from_password(typed: str, password: str) -> token.Issued | Response:
    """A new session for an address and its password. Raises TooManyRequests after too many failures."""
    address = person.as_compared(typed[:254])
    tries = login_throttle.tries(address)
    with tries.under_way():
        somebody = signed_in_by(address, password)
        if somebody is None:
            return refused(f"{WRONG_PASSWORD} {what_is_left(tries.failed())}", email=typed)
        tries.succeeded()
    return begin(somebody.name, somebody.role, person_id=somebody.id)


def what_is_left(tries: int) -> str:
    """How often somebody may try again, and what then."""
    if tries == 0:
        return f"Now comes a pause of {login_throttle.PAUSE} min."
    return f"{tries} {'try' if tries == 1 else 'tries'} left, then a pause of {login_throttle.PAUSE} min."


def signed_in_by(address: str, password: str) -> Row[Any] | None:
    """The person with this address and password; as slow for nobody as for somebody."""
    with db.engine.connect() as connection:
        row = person.by_email(connection, address)
    g.refused_account = refusals.account_of(None if row is None else row.id, address)
    stored = row.password_hash if row is not None and row.disabled_at is None else None
    return row if aside(lambda: matches(stored, password)) else None


def from_token(secret: str) -> token.Issued | Response:
    """A new session for a good API token, which it ends with."""
    tries = login_throttle.tries("")
    tries.require()
    identity = credentials.look_up("token", secret, "") if secret else None
    if identity is None:
        tries.failed()
        return refused(WRONG_TOKEN, by_token=True)
    return begin(identity.name, identity.role, parent_id=identity.id, person_id=identity.person_id)


def as_developer() -> token.Issued | Response:
    """A new session as the documented token gives it, for who need not type it: whoever sits before a --dev server."""
    if not development.by_itself():
        login_throttle.tries("").failed()
        return refused(WRONG_DEVELOPER, by_token=True)
    return from_token(credentials.DEV_TOKEN)


def begin(name: str, role: str, **whose: str | None) -> token.Issued:
    """Store a session of this browser, in place of the one that it had."""
    where, before = browser(), previous()

    def verb(tx: Transaction) -> token.Issued:
        made = token.session(tx, name, role, **whose, **where)
        instead_of(tx, before, made)
        return made

    return write(verb)


def refused(message: str, *, email: str = "", by_token: bool = False) -> Response:
    """401, as a program's error or as the page with what was typed, the secret aside."""
    code = "INVALID_TOKEN" if by_token else "INVALID_CREDENTIALS"
    if wants_json():
        raise Unauthorized(code, message)
    refusals.note(code)
    return html_response(page(message, email=email, by_token=by_token), 401)


def set_cookie(response: Response, secret: str) -> None:
    """The session's cookie: for this host only, unreadable for scripts (security.md, Cookies)."""
    response.set_cookie(
        credentials.cookie_name(),
        secret,
        max_age=int(token.SESSION_LIVES.total_seconds()),
        path="/",
        secure=credentials.is_secure(),
        httponly=True,
        samesite="Lax",
    )
