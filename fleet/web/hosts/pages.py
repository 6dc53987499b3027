"""One host's page and its tabs; its gauges anew while somebody watches."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import Connection

from fleet import clock
from fleet.db import db
from fleet.errors import FleetError
from fleet.models import agent, execution, host, token
from fleet.models.agent import Agent, summary
from fleet.models.host import HostSummary
from fleet.models.token import Issued
from fleet.web.framework.current import the_settings
from fleet.web.hosts.machine import Machine
from fleet.web.hosts.newest import newest, watch
from fleet.web.hosts.shown import Work
from fleet.web.http import queries
from fleet.web.http.respond import html_response, respond
from fleet.web.live.topics import MORPH, partial, piece
from fleet.web.pages.page import Form, base_url, page_context, render
from fleet.web.security.policy import May

host_pages = Blueprint("host_pages", __name__)

TABS = ("overview", "commands", "logs", "agents", "details")
# Commands on a page of the history, and beside the gauges; agents on their tab.
HISTORY, RECENT, AGENTS_MOST = 50, 6, 200
# What a page of logs is about, in its address.
LOG_FIELDS, LOG_WORDS = ("source", "unit", "path", "priority"), 4096


@host_pages.get("/<agent_id>")
def overview(agent_id: str) -> Response:
    """How the machine is."""
    return respond(page=lambda: show(agent_id, "overview"))


@host_pages.get("/<agent_id>/<any(commands, logs, agents, details):tab>")
def tab(agent_id: str, tab: str) -> Response:
    """Another of its tabs."""
    return respond(page=lambda: show(agent_id, tab))


@host_pages.get("/<agent_id>/gauges")
def gauges(agent_id: str) -> Response:
    """Its figures as they are now; its daemon takes them often meanwhile."""
    with db.engine.connect() as connection:
        summary = find(connection, agent_id)
    watch([summary])
    return html_response(gauges_piece(newest(summary), May.of(g.identity.role)))


def gauges_piece(summary: HostSummary, may: May) -> str:
    """What a page puts in the place of its gauges."""
    html = partial("hosts/_gauges.html", host=summary, machine=Machine.of(summary.snapshot), may=may)
    return piece("#host-gauges", MORPH, html)


def find(connection: Connection, agent_id: str) -> HostSummary:
    """A host. Raises NotFound, for a coding agent too."""
    found = host.of(connection, [agent_id]).get(agent_id)
    if found is None:
        raise agent.unknown()
    return found


def show(agent_id: str, tab: str, form: Form | None = None, made_key: Issued | None = None) -> str:
    """One host's page; with a form that failed, or with the secret of a key that was just made. Raises NotFound."""
    root = the_settings().base_path
    with db.engine.connect() as connection:
        name = find(connection, agent_id).name
    crumbs = [("Hosts", f"{root}/hosts"), (name, None)]
    context = page_context(title=name, nav="hosts", topics=[f"host/{agent_id}"], crumbs=crumbs)
    tab = tab if tab in TABS else "overview"
    with db.engine.connect() as connection:
        details = detailed(connection, agent_id)
        details |= {"tab": tab, "form": form or Form(), "works": [], "older": None}
        if tab == "commands":
            details |= history(connection, agent_id) | {"order": order_again(connection, agent_id)}
            details["machine_row"] = host.of_agent(connection, agent_id)
        if tab == "overview":
            details["works"] = [Work(row) for row in execution.history(connection, agent_id, RECENT)]
        if tab == "logs":
            details["logs_asked"] = {name: request.args.get(name, "")[:LOG_WORDS] for name in LOG_FIELDS}
        if tab == "agents":
            details["agents"] = summary.first(connection, agent.Filter(host_id=agent_id), AGENTS_MOST)
        if tab == "details":
            details |= {
                "made_key": made_key,
                "base_url": base_url(),
                "machine_row": host.of_agent(connection, agent_id),
            }
            now = clock.now()
            details["keys"] = keys = token.agent_keys(connection, agent_id, now)
            details["offspring"] = token.living_on(connection, now, [key.id for key in keys])
    return render("hosts/show.html", context, **details)


def detailed(connection: Connection, agent_id: str) -> dict[str, Any]:
    """What the host's partials are about. Raises NotFound."""
    found = newest(find(connection, agent_id))
    record = Agent.of(agent.find(connection, agent_id))
    return {"host": found, "agent": record, "machine": Machine.of(found.snapshot)}


def history(connection: Connection, agent_id: str) -> dict[str, Any]:
    """A page of its commands, newest first, and where the older ones are."""
    before = queries.number("before", 0, 0, 2**53)
    rows = execution.history(connection, agent_id, HISTORY + 1, before or None)
    older = None
    if len(rows) > HISTORY:
        older = f"{the_settings().base_path}/hosts/{agent_id}/commands?before={rows[HISTORY - 1].seq}"
    return {"works": [Work(row) for row in rows[:HISTORY]], "older": older}


def order_again(connection: Connection, agent_id: str) -> dict[str, Any]:
    """What a command to be run again said, as far as it is known: values of its environment and input are not."""
    try:
        row = execution.find(connection, agent_id, request.args.get("again", ""))
    except FleetError:
        return {}
    params = dict(row.params)
    params["env"] = "".join(f"{name}=\n" for name in params.get("env") or {})
    params.pop("stdin", None)
    return params
