"""The pages about stops: all of them, one's report, the form that begins one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from fleet.db import db
from fleet.models import agent, stop
from fleet.models.agent import Agent
from fleet.web.framework.current import the_settings
from fleet.web.http.respond import respond
from fleet.web.pages.page import Form, page_context, render

stop_pages = Blueprint("stop_pages", __name__)


@stop_pages.get("/new")
def new() -> Response:
    """What pausing and stopping mean, and the two buttons; with `agent_id` the form to stop that agent."""
    form = Form("stop", values={"agent_id": request.args.get("agent_id", "")[:200]})
    return respond(page=lambda: new_page(form))


def new_page(form: Form) -> str:
    """The page with the form as it was sent. Raises NotFound for an agent that is not there."""
    subject = named(form)
    title = "Stop the fleet" if subject is None else f"Stop {subject.name}"
    template = "stops/new.html" if subject is None else "stops/new_of_agent.html"
    return render(template, context(title, (("New", None),), ()), form=form, agent=subject)


def named(form: Form) -> Agent | None:
    """The agent that a form is about; None for one about the fleet."""
    agent_id = form.values.get("agent_id")
    if not agent_id:
        return None
    with db.engine.connect() as connection:
        return Agent.of(agent.find(connection, agent_id))


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
    title = "Pause" if row.kind == "pause" else "Stop" if row.agent_id is None else f"Stop of {row.agent_name}"
    crumb = f"{title} of {row.at:%-d %b %Y}" if row.agent_id is None else f"{title}, {row.at:%-d %b %Y}"
    page = context(title, ((crumb, None),), (f"stop/{row.id}",))
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
