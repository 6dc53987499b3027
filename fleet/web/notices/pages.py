"""The page of one's own notices: channels, quiet hours, and what was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from sqlalchemy import Row

from fleet import clock
from fleet.db import db
from fleet.models import person
from fleet.models.notice import channels, delivery_log, quiet_hours
from fleet.web.framework.current import the_settings
from fleet.web.http.respond import respond
from fleet.web.pages.forms import ShowAgain
from fleet.web.pages.page import Form, page_context, render

notice_pages = Blueprint("notice_pages", __name__)

LATEST = 50


@notice_pages.get("/notices")
def show() -> Response:
    """The page."""
    return respond(page=page)


def page(form: Form | None = None) -> str:
    """Everything about the notices of the person who looks; a token that is nobody's has none."""
    root = the_settings().base_path
    context = page_context(
        title="Notices", nav="account", crumbs=[("My account", f"{root}/account"), ("Notices", None)]
    )
    return render(
        "account/notices.html",
        context,
        **details(),
        form=form or Form(),
        saved=request.args.get("saved"),
        added=request.args.get("added"),
    )


def details() -> dict[str, Any]:
    """What the page shows of a person's channels and deliveries."""
    person_id = g.identity.person_id
    settings = the_settings()
    empty: dict[str, Any] = {"person": None, "channels": [], "log": [], "quiet": None}
    context = empty | {
        "zones": quiet_hours.places(),
        "mail": bool(settings.smtp_url),
        "now": clock.now(),
        "shown": None,
    }
    if person_id is None:
        return context
    with db.engine.connect() as connection:
        context |= {
            "person": person.find(connection, person_id),
            "channels": channels.of(connection, person_id),
            "log": by_notice(delivery_log.newest(connection, person_id, LATEST)),
            "quiet": quiet_hours.of(connection, person_id),
        }
    # Whose signing key is asked for: it is in no other answer.
    channel_id = request.args.get("secret")
    context["shown"] = next((each for each in context["channels"] if channel_id == each.id), None)
    return context


def by_notice(lines: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    """Deliveries of one notice together, the newest first."""
    groups: dict[str, list[Row[Any]]] = {}
    for line in lines:
        groups.setdefault(line.notice_id, []).append(line)
    return list(groups.values())


def channel(person_id: str, channel_id: str) -> str:
    """One channel's part of the page."""
    with db.engine.connect() as connection:
        row = channels.find(connection, person_id, channel_id)
        person_row = person.find(connection, person_id)
    return render_template("notices/_channel.html", channel=row, person=person_row)


def failed_form(name: str | None = None) -> ShowAgain:
    """How to show the page again after a form on it failed: the one for a kind of channel is called so."""

    def show_again(wrong_field: str | None, message: str, **_channel: str) -> str:
        called = name or f"add-{request.form.get('kind', '')}"
        return page(Form.failed(called, wrong_field, message))

    return show_again
