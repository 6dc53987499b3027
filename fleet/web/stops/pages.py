"""The pages about stops: all of them, one's report, the form that begins one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Connection

from fleet.db import db
from fleet.models import stop
from fleet.web.framework.current import the_settings
from fleet.web.http.respond import respond
from fleet.web.pages.page import Form, page_context, render

stop_pages = Blueprint("stop_pages", __name__)


@stop_pages.get("/new")
def new() -> Response:
    """What pausing and stopping mean, and the two buttons."""
    return respond(page=lambda: new_page(Form("stop")))


def new_page(form: Form) -> str:
    """The page with the form as it was sent."""
    return render("stops/new.html", context("Stop the fleet", (("New", None),), ()), form=form)


def failed_new(wrong_field: str | None, message: str) -> str:
    """The same page after a failed attempt."""
    return new_page(Form.failed("stop", wrong_field, message))


def index(limit: int, offset: int) -> str:
    """The list of stops."""
    page = context("Stops", (), ("stops",))
    with db.engine.connect() as connection:
        rows, total = stop.page(connection, limit, offset)
        counts = stop.counts(connection, [row.id for row in rows])
    root = the_settings().base_path
    seen = offset + len(rows)
    more = f"{root}/stops?offset={seen}" if seen < total else None
    return render("stops/index.html", page, stops=rows, counts=counts, more_href=more)


def show(stop_id: str, error: str | None = None) -> str:
    """The report of one stop."""
    with db.engine.connect() as connection:
        row = stop.find(connection, stop_id)
    title = "Stop" if row.kind == "stop" else "Pause"
    page = context(title, ((f"{title} of {row.at:%-d %b %Y}", None),), (f"stop/{row.id}",))
    with db.engine.connect() as connection:
        details = detailed(connection, row.id)
    return render("stops/show.html", page, **details, error=error)


def failed_resumption(_field: str | None, message: str, *, stop_id: str) -> str:
    """The report after resuming has failed."""
    return show(stop_id, message)


def detailed(connection: Connection, stop_id: str) -> dict[str, Any]:
    """What a report's partials are about. Raises NotFound."""
    row = stop.find(connection, stop_id)
    return {
        "stop": row,
        "counts": stop.counts(connection, [row.id])[row.id],
        "answers": stop.answers(connection, row.id),
    }


def context(title: str, crumbs: tuple[tuple[str, str | None], ...], topics: tuple[str, ...]) -> dict[str, Any]:
    """The frame of these pages."""
    root = the_settings().base_path
    first = ("Stops", f"{root}/stops" if crumbs else None)
    return page_context(title=title, nav=None, topics=topics, crumbs=(first, *crumbs))
