"""The pages about agents: the list, one agent's tabs, how to add one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, after_this_request, request
from sqlalchemy import Connection, select

from fleet import clock
from fleet.db import db
from fleet.db.long_reads import long
from fleet.models import agent, command, event, todo, token
from fleet.models.agent import Agent, summary, tags
from fleet.models.agent.record import AGENTS
from fleet.models.event.activity_line import lines
from fleet.models.task import attempts
from fleet.models.task.cards import WORDS
from fleet.models.token import Issued
from fleet.parts import the
from fleet.web.agents.listing import PAGE, AgentList
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.respond import respond, see_other
from fleet.web.pages.forms import ShowAgain
from fleet.web.pages.host_pages import HostPages
from fleet.web.pages.page import Form, base_url, page_context, render
from fleet.web.security import credentials

agent_pages = Blueprint("agent_pages", __name__)

TABS = ("overview", "activity", "commands", "tasks", "details")
# Where a host has what an agent has on a tab of its own.
HOST_TABS = {"commands": "/commands", "details": "/details"}
RECENT = 12
SAID = 200
# From how many agents on the table is the better first view.
DENSE = 24
VIEW_COOKIE, VIEW_KEPT = "fleet_view", 365 * 86400


def index(limit: int = PAGE, offset: int = 0) -> str:
    """The list of agents, with its filters, as cards or as a table."""
    asked = AgentList.of(request.args)
    root = the_settings().base_path
    with db.engine.connect() as connection:
        agents = summary.first(connection, asked.wanted, limit, asked.sort or "state", offset)
        total = agent.count(connection, asked.wanted)
        counts = agent.counts_by_group(connection, asked.any_group)
        offered = {
            "hosts": hostnames(connection),
            "tags": tags.in_use(connection),
            "repositories": tags.repositories(connection),
            "capabilities": tags.in_use(connection, tags.CAPABILITIES),
        }
    view = chosen_view(asked, total)
    end = offset + len(agents)
    more = f"{root}/agents?{asked.query(offset=str(end))}" if end < total else None
    context = page_context(
        title="Agents", nav="agents", topics=[f"agents?{asked.query(view=view)}"], crumbs=[("Agents", None)]
    )
    return render(
        "agents/index.html",
        context,
        agents=agents,
        total=total,
        counts=counts,
        filters=asked,
        view=view,
        **offered,
        more_href=more,
        shown=end,
    )


def chosen_view(asked: AgentList, total: int) -> str:
    """Cards or table: as the URL says, else as this browser was told last, else by number."""
    remembered = request.cookies.get(VIEW_COOKIE, "")
    if asked.view:
        if asked.view != remembered:
            after_this_request(remember(asked.view))
        return asked.view
    if remembered in ("cards", "table"):
        return remembered
    return "table" if total > DENSE else "cards"


def remember(view: str) -> Callable[[Response], Response]:
    """Keep the choice in this browser."""

    def keep(response: Response) -> Response:
        response.set_cookie(
            VIEW_COOKIE,
            view,
            max_age=VIEW_KEPT,
            path="/",
            secure=credentials.is_secure(),
            httponly=True,
            samesite="Lax",
        )
        return response

    return keep


@agent_pages.get("/new")
def new() -> Response:
    """How to add an agent: calls to copy, and a form."""
    return respond(page=lambda: new_page(Form()))


def new_page(form: Form, enrolment: Issued | None = None) -> str:
    """The page with the form as it was sent, or with an enrolment key that was just made."""
    root = the_settings().base_path
    context = page_context(title="Add an agent", nav="agents", crumbs=[("Agents", f"{root}/agents"), ("Add", None)])
    return render("agents/new.html", context, base_url=base_url(), form=form, enrolment=enrolment)


def failed_new(wrong_field: str | None, message: str) -> str:
    """The same page after a failed attempt."""
    return new_page(Form.failed("new", wrong_field, message))


@agent_pages.get("/<agent_id>/<any(activity, details):tab>")
def tab(agent_id: str, tab: str) -> Response:
    """One of an agent's tabs; Commands is the list of commands, asked for as a page."""
    return visit(agent_id, tab)


def visit(agent_id: str, tab: str) -> Response:
    """One of an agent's pages; a host's are elsewhere."""
    with db.engine.connect() as connection:
        kind = agent.find(connection, agent_id).kind
    if kind != "host":
        return respond(page=lambda: show(agent_id, tab))
    return see_other(f"/hosts/{agent_id}{HOST_TABS.get(tab, '')}")


def failed_form(tab: str, name: str = "") -> ShowAgain:
    """How to show the agent's page again after its form `name` failed."""

    def show_again(wrong_field: str | None, message: str, *, agent_id: str) -> str:
        return show(agent_id, tab, Form.failed(name, wrong_field, message))

    return show_again


def show(agent_id: str, tab: str, form: Form | None = None, made_key: Issued | None = None) -> str:
    """One agent's page; with the secret of a key that was just made."""
    root = the_settings().base_path
    with db.engine.connect() as connection:
        found = agent.find(connection, agent_id)
    if found.kind == "host":
        return the(HostPages).show(agent_id, tab, form, made_key)
    name = found.name
    context = page_context(
        title=name,
        nav="agents",
        topics=[f"agent/{agent_id}"],
        crumbs=[("Agents", f"{root}/agents"), (name, None)],
    )
    offset = queries.number("offset", 0, 0, 2**31 - 1)
    limit = PAGE if tab == "activity" else RECENT
    with db.engine.connect() as connection:
        subject = Agent.of(agent.find(connection, agent_id))
        events, total = event.page(connection, agent_id, limit, offset)
        details: dict[str, Any] = {
            "agent": subject,
            "tab": tab,
            "form": still_shown(form or Form(), subject),
            "events": lines(events),
            "todos": todo.of_agent(connection, agent_id),
            "commands": command.newest(connection, agent_id, SAID),
            "deleted_at": None,
        }
        if tab == "tasks":
            details |= past_tasks(connection, agent_id, offset)
        if tab == "details":
            details |= {"made_key": made_key, "base_url": base_url()}
            now = clock.now()
            details["keys"] = keys = token.agent_keys(connection, agent_id, now)
            details["offspring"] = token.living_on(connection, now, [key.id for key in keys])
    end = offset + len(events)
    older = f"{root}/agents/{agent_id}/activity?offset={end}" if end < total else None
    return render("agents/show.html", context, **details, events_more_href=older)


def past_tasks(connection: Connection, agent_id: str, offset: int) -> dict[str, Any]:
    """The tasks that the agent has or had, and where the older ones are."""
    attempted, total = attempts.of_agent(connection, agent_id, PAGE, offset)
    end = offset + len(attempted)
    older = f"{the_settings().base_path}/agents/{agent_id}/tasks?offset={end}" if end < total else None
    return {"attempted": attempted, "words": WORDS, "tasks_more_href": older}


def still_shown(form: Form, subject: Agent) -> Form:
    """The form as this page has it: an answer that came too late stands in the composer, not lost."""
    if form.name == "answer" and subject.need != "question" and not subject.pending_question:
        return Form("command", form.values | {"type": "feedback"}, form.errors, form.error)
    return form


def hostnames(connection: Connection, most: int = 200) -> list[str]:
    """The hosts that agents have named, for the filter."""
    named = (AGENTS.c.kind == "coding", AGENTS.c.hostname.is_not(None))
    names = select(AGENTS.c.hostname).where(*named).distinct().order_by(AGENTS.c.hostname)
    rows = connection.execute(long(names.limit(most)))
    return [row.hostname for row in rows]
