"""The list of hosts, what its filter matches, and its rows anew while somebody looks at them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request

from fleet.db import db
from fleet.models import host
from fleet.web.framework.current import the_settings
from fleet.web.hosts.listing import PAGE, HostList
from fleet.web.hosts.live import counts, row
from fleet.web.hosts.newest import watch, with_newest
from fleet.web.http import queries
from fleet.web.http.respond import html_response, respond
from fleet.web.live.topics import MORPH, partial, piece
from fleet.web.pages.page import page_context, render
from fleet.web.security.policy import May

hosts = Blueprint("hosts", __name__)

# As many rows as a tall screen has.
IN_SIGHT = 80
NOTHING: dict[str, Any] = {"counts": dict.fromkeys(("offline", "warning", "active", "idle"), 0), "total": 0}


@hosts.get("")
def index() -> Response:
    """The hosts, as a page; programs ask `/v1/agents?kind=host`."""
    return respond(page=lambda: page(queries.number("offset", 0, 0, 2**31 - 1)))


def page(offset: int) -> str:
    """The list, with its filter; none where the filter cannot be read, and why."""
    asked = HostList.of(request.args)
    root = the_settings().base_path
    context = page_context(title="Hosts", nav="hosts", topics=[f"hosts?{asked.query()}"], crumbs=[("Hosts", None)])
    shown, counted, wrong = read(asked, offset)
    end = offset + len(shown)
    more = f"{root}/hosts?{asked.query(offset=str(end))}" if end < counted["total"] else None
    return render("hosts/index.html", context, hosts=shown, wrong=wrong, more_href=more, shown=end, **counted)


def read(asked: HostList, offset: int) -> tuple[list[host.HostSummary], dict[str, Any], str]:
    """The hosts from `offset` on, how many there are, and what is wrong with the filter ("" for nothing)."""
    with db.engine.connect() as connection:
        try:
            found = with_newest(host.page(connection, asked.wanted, PAGE, offset, asked.sort or "state"))
            return found, counts(connection, asked), ""
        except host.Unreadable as error:
            return [], NOTHING | {"filters": asked}, f"{error}."


@hosts.get("/matches")
def matches() -> Response:
    """How many hosts a filter matches, while it is typed; or where it cannot be read."""
    asked = HostList.of(request.args)
    with db.engine.connect() as connection:
        try:
            said, wrong = host.count(connection, asked.wanted), ""
        except host.Unreadable as error:
            said, wrong = 0, f"{error}."
    return html_response(partial("hosts/_matches.html", matches=said, wrong=wrong, filters=asked))


@hosts.get("/rows")
def rows() -> Response:
    """The rows of the hosts that are in sight, as they are now; their daemons take metrics often meanwhile."""
    ids = queries.several("id", 100)[:IN_SIGHT]
    with db.engine.connect() as connection:
        found = host.of(connection, ids).values()
    watch(found)
    may = May.of(g.identity.role)
    pieces = [piece(f"#host-row-{each.id}", MORPH, row(each, may)) for each in with_newest(found)]
    return html_response("\n".join(pieces))
