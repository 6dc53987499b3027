"""The door: the login page, and where it leads."""

from __future__ import annotations

import re

from flask import request

from fleet.db import db
from fleet.models import person
from fleet.web.pages.page import Form, page_context, render
from fleet.web.sessions import development

NEXT_LONGEST = 500
# An address that may stand in a command to copy: nothing in it means anything to a shell.
PLAIN = re.compile(r"[A-Za-z0-9._+]+[A-Za-z0-9._+-]*@[A-Za-z0-9.-]+")


def page(error: str | None = None, *, email: str = "", by_token: bool = False, pause: bool = False) -> str:
    """The login page, with an address and a password or with a token; during a `pause` it says so calmly."""
    form = Form("login", {"email": email}, error=error)
    with db.engine.connect() as connection:
        anybody = person.anybody(connection)
    return door(
        "sessions/new.html",
        "Sign in",
        form=form,
        by_token=by_token,
        pause=pause,
        typed_address=bool(PLAIN.fullmatch(email)),
        anybody=anybody,
        developer=development.by_itself(),
        ended="ended" in request.args,
    )


def door(template: str, title: str, **more: object) -> str:
    """A page for somebody who is not signed in."""
    context = page_context(title=title, nav=None) | {"me": None, "next": landing()}
    return render(template, context, **more)


def landing() -> str:
    """Where to go after signing in: the page that was asked for, if it is a page of Fleet."""
    target = request.values.get("next", "")
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if ours and len(target) <= NEXT_LONGEST else "/"
