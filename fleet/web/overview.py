"""The overview: does anything need me, is everybody all right, what is happening."""

from __future__ import annotations

from flask import Blueprint, Response, request

from fleet.db import db
from fleet.models import event
from fleet.models.agent import listed
from fleet.web.agent_list import AgentList
from fleet.web.agent_pages import chosen_view
from fleet.web.pages import base_url, page_context, render
from fleet.web.respond import respond

overview = Blueprint("overview", __name__)

# Needs, cards and quiet ones are cut off here; the list of agents has them all.
NEEDS, CARDS, LINES = 50, 60, 40


@overview.get("/")
def show() -> Response:
    """The first page."""
    return respond(page=page)


def page() -> str:
    """The overview, or what to do while there is no agent."""
    asked = AgentList.of(request.args)
    with db.engine.connect() as connection:
        total = listed.figures(connection).total
    view = chosen_view(asked, total)
    context = page_context(
        title="Overview", nav="overview", topics=[f"overview?view={view}"], crumbs=[("Overview", None)]
    )
    if total == 0:
        hint = "Needs a token. `fleet token create NAME --role operator` makes one."
        return render("overview/empty.html", context, base_url=base_url(), token_hint=hint)
    with db.engine.connect() as connection:
        needs, _ = listed.page(connection, listed.Filter(state="needs_you"), NEEDS, 0, "state")
        loud, _ = listed.page(connection, listed.Filter(quiet=False), CARDS, 0, "state")
        quiet, quiet_count = listed.page(connection, listed.Filter(quiet=True), CARDS, 0, "state")
        events, _ = event.page(connection, LINES)
    return render(
        "overview/index.html", context, needs=listed.records(needs), agents=listed.records(loud),
        quiet=listed.records(quiet), quiet_count=quiet_count, view=view, events=events,
    )  # fmt: skip
