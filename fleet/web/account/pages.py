"""The page of one's own account."""

from __future__ import annotations

from flask import g, request

from fleet import clock
from fleet.db import db
from fleet.models import person, token
from fleet.web.pages.forms import ShowAgain
from fleet.web.pages.page import Form, page_context, render
from fleet.web.sessions import views


def show(form: Form | None = None) -> str:
    """Who I am, my browsers, my tokens."""
    identity = g.identity
    context = page_context(title="My account", nav="account", crumbs=[("My account", None)])
    person_row, tokens, offspring = None, [], {}
    if identity.person_id is not None:
        with db.engine.connect() as connection:
            person_row = person.find(connection, identity.person_id)
            tokens = [row for row in token.listed(connection, person_row.id) if token.alive(row, clock.now())]
            offspring = token.living_on(connection, clock.now(), [row.id for row in tokens])
    sessions = [views.shape(row) for row in views.mine()]
    return render(
        "account/show.html",
        context,
        person=person_row,
        sessions=sessions,
        tokens=tokens,
        offspring=offspring,
        now=clock.now(),
        form=form or Form(),
        saved=request.args.get("saved"),
    )


def failed_form(name: str) -> ShowAgain:
    """How to show the page again after its form `name` failed."""
    return lambda wrong_field, message: show(Form.failed(name, wrong_field, message))
