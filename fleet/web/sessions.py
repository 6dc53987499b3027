"""Signing in with a token or a one-time link, and out again."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from fleet.db import Transaction, write
from fleet.errors import Unauthorized
from fleet.models import token
from fleet.web import auth
from fleet.web.pages import page_context, render
from fleet.web.respond import html_response, json_response, respond
from fleet.web.wanted import wants_json

sessions = Blueprint("sessions", __name__)

WRONG_TOKEN = "This token is not known here, or it is not good any more."  # noqa: S105  # a sentence
NEXT_LONGEST = 500
WRONG_LINK = "This link has been used, or is too old. Ask for a new one, or sign in with a token."


@sessions.get("/login")
def new() -> Response:
    """The login page; a one-time link is spent by the button, not by looking at it."""
    if g.identity is not None and "link" not in request.args:
        return respond(goto=landing())
    return respond(page=lambda: page(None, request.args.get("link")))


@sessions.post("/login")
def create() -> Response:
    """Sign in: set the session cookie and go to the overview."""
    link = request.form.get("link")
    made = write(lambda tx: from_link(tx, link)) if link else from_token(request.form.get("token", ""))
    if made is None:
        message = WRONG_LINK if link else WRONG_TOKEN
        if wants_json():
            raise Unauthorized("INVALID_TOKEN", message)
        return html_response(page(message, None), 401)
    response = json_response(None) if wants_json() else respond(goto=landing())
    set_cookie(response, made)
    return response


@sessions.route("/logout", methods=["POST"])
def delete() -> Response:
    """Sign out on this browser."""
    identity = g.identity
    if g.credential is not None and g.credential[0] == "session":
        write(lambda tx: token.end_session(tx, identity.id))
        auth.forget()
    response = respond(goto="/login")
    response.delete_cookie(auth.cookie_name(), path="/", secure=auth.is_secure(), httponly=True)
    return response


def landing() -> str:
    """Where to go after signing in: the page that was asked for, if it is one of ours."""
    wanted = request.values.get("next", "")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours and len(wanted) <= NEXT_LONGEST else "/"


def page(error: str | None, link: str | None) -> str:
    """The login page."""
    context = page_context(title="Sign in", nav=None)
    return render("sessions/new.html", context | {"me": None}, error=error, link=link, next=landing())


def from_token(secret: str) -> str | None:
    """A new session's secret for a good token, else None."""
    identity = auth.look_up("token", secret.strip(), "") if secret.strip() else None
    if identity is None:
        return None
    return write(lambda tx: begin(tx, identity.name, identity.role, identity.id))


def from_link(tx: Transaction, code: str) -> str | None:
    """A new session's secret for a good link, which is spent by that, else None."""
    row = token.spend_link(tx, code)
    return None if row is None else begin(tx, row.name, row.role, row.parent_id)


def begin(tx: Transaction, name: str, role: str, parent_id: str | None) -> str:
    """Store a session and return its secret."""
    _, secret = token.create(
        tx, "session", name, role, expires_at=tx.now + token.SESSION_LIVES, parent_id=parent_id
    )
    return secret


def set_cookie(response: Response, secret: str) -> None:
    """The session's cookie: for this host only, unreadable for scripts (security.md, Cookies)."""
    response.set_cookie(
        auth.cookie_name(), secret, max_age=int(token.SESSION_LIVES.total_seconds()), path="/",
        secure=auth.is_secure(), httponly=True, samesite="Lax",
    )  # fmt: skip
