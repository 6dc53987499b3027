"""The overview: does anything need me, is everybody all right, what is happening."""

from __future__ import annotations

from flask import Blueprint, Response, request

from fleet.db import db
from fleet.models import agent
from fleet.models.agent import summary
from fleet.models.event import activity
from fleet.models.event.activity_line import lines
from fleet.web.agents.listing import AgentList
from fleet.web.agents.pages import chosen_view
from fleet.web.http.respond import respond
from fleet.web.pages.page import base_url, follow, page_context, render

overview = Blueprint("overview", __name__)

# Needs, cards and quiet ones are cut off here; the list of agents has them all.
NEEDS, CARDS, LINES = 50, 60, 40


@overview.get("/")
def show() -> Response:
    """The first page."""
    return respond(page=page)


def page() -> str:
    """The overview, or what to do while there is no agent."""
    context = page_context(title="Overview", nav="overview", crumbs=[("Overview", None)])
    figures = context["figures"]
    view = chosen_view(AgentList.of(request.args), figures.total)
    follow(context, f"overview?view={view}")
    if figures.total == 0:
        return render("overview/empty.html", context, base_url=base_url())
    with db.engine.connect() as connection:
        needs = summary.first(connection, agent.Filter(kind="coding", group="needs_you"), NEEDS)
        loud = summary.first(connection, agent.Filter(kind="coding", quiet=False), CARDS)
        quiet = summary.first(connection, agent.Filter(kind="coding", quiet=True), CARDS)
        newest = activity.stretch(connection, activity.Filter(), LINES)
    return render(
        "overview/index.html",
        context,
        needs=needs,
        agents=loud,
        quiet=quiet,
        quiet_count=figures.quiet,
        view=view,
        events=lines(newest.rows),
    )
