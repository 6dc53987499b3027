"""The page of people: the list, and beside it an invitation or one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, request
from sqlalchemy import Row

from fleet import clock
from fleet.db import db
from fleet.models import person, token
from fleet.models.token import ROLES, Issued
from fleet.web.pages.page import Crumb, Form, page_context, render
from fleet.web.people.shapes import link_url, state


def index(form: Form | None = None, person_id: str | None = None, link: Issued | None = None) -> str:
    """Everybody; beside it the form for an invitation, or the chosen person; above it a link just made."""
    with db.engine.connect() as connection:
        everybody = person.everybody(connection)
        chosen = None if person_id is None else person.find(connection, person_id)
        invited = None if link is None else person.find(connection, link.row.person_id)
    crumbs: list[Crumb] = [("People", None)]
    if chosen is not None:
        crumbs = [("People", f"{current_app.config['FLEET'].base_path}/people"), (chosen.name, None)]
        chosen = next(row for row in everybody if row.id == chosen.id)
    context = page_context(title=chosen.name if chosen else "People", nav="people", crumbs=crumbs)
    return render(
        "people/index.html",
        context,
        people=everybody,
        states={row.id: state(row) for row in everybody},
        roles=ROLES,
        now=clock.now(),
        form=form or Form("invite"),
        saved="saved" in request.args,
        invited=invited,
        link=link_url(link) if link else "",
        link_until=link.row.expires_at if link else None,
        chosen=chosen,
        **(belongings(chosen) if chosen else {}),
    )


def belongings(person: Row[Any]) -> dict[str, int]:
    """What somebody would lose: how many browsers, how many tokens."""
    now = clock.now()
    with db.engine.connect() as connection:
        tokens: Sequence[Row[Any]] = token.listed(connection, person.id)
        browsers = len(token.sessions(connection, person.id, now))
    return {"browsers": browsers, "tokens": sum(token.alive(row, now) for row in tokens)}


def failed_invitation(wrong_field: str | None, message: str) -> str:
    """The page after an invitation has failed."""
    return index(Form.failed("invite", wrong_field, message))


def failed_edit(wrong_field: str | None, message: str, *, person_id: str) -> str:
    """The page after a form about a person has failed."""
    return index(Form.failed("person", wrong_field, message), person_id)
