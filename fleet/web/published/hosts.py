"""Document 3's agents: the list, one of them, and its removal."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response

from fleet.db import db
from fleet.models import agent_removal, host
from fleet.parts import the
from fleet.web.framework.current import the_request, the_settings
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.respond import encoded, json_response
from fleet.web.http.writes import write
from fleet.web.live.host_streams import may_see_names
from fleet.web.live.snapshots import Snapshots
from fleet.web.published import shapes

api_agents = Blueprint("api_agents", __name__)


def wanted_agents() -> host.published.Filter:
    """The filter in the query."""
    status = queries.choice("status", ("online", "offline"))
    online = None if status is None else status == "online"
    return host.published.Filter(online, queries.words("hostname"))


def wanted_window() -> tuple[int | None, int]:
    """`limit`, None for everything, and `offset`."""
    limit, offset = queries.number("limit", 0, 1, queries.LIMIT_MOST), queries.number("offset", 0, 0, 2**31 - 1)
    return limit or None, offset


@api_agents.get("")
@describes(list[shapes.PublishedAgent], query=(wanted_agents, wanted_window))
def index() -> Response:
    """Every agent, last seen first; with `limit` a page of them: `X-Total-Count` says how many there are, `Link` where."""
    wanted, (limit, offset) = wanted_agents(), wanted_window()
    queries.require_known()
    with db.engine.connect() as connection:
        rows, total = host.published.page(connection, wanted, limit, offset)
    headers = {"X-Total-Count": str(total)}
    if limit is not None and (links := links_to(limit, offset, total)):
        headers["Link"] = links
    return json_response(encoded(shapes.agent(row) for row in rows), headers=headers)


def links_to(limit: int, offset: int, total: int) -> str:
    """Where the other pages of the list are (RFC 8288)."""
    asked = the_request()
    last = max(0, (total - 1) // limit * limit)
    places = {"first": 0 if offset else None, "prev": max(0, offset - limit) if offset else None}
    places |= {"next": offset + limit if offset + limit < total else None, "last": last if last > offset else None}
    kept = [(name, value) for name, value in asked.args.items(multi=True) if name not in ("limit", "offset")]
    path = f"{the_settings().base_path}{asked.path}"
    return ", ".join(
        f'<{path}?{urlencode([*kept, ("limit", limit), ("offset", place)])}>; rel="{name}"'
        for name, place in places.items()
        if place is not None
    )


@api_agents.get("/<agent_id>")
@describes(shapes.PublishedAgentDetail)
def show(agent_id: str) -> Response:
    """One agent, with its last metrics; the names of its processes for operators only."""
    with db.engine.connect() as connection:
        row = host.published.one(connection, agent_id)
        last = the(Snapshots).latest(connection, agent_id)
    detail = {
        "kind": row.kind,
        "capabilities": row.capabilities,
        "metrics": last.shown(names=may_see_names(), whole=True) if last else None,
    }
    return json_response(shapes.agent(row) | detail)


@api_agents.delete("/<agent_id>")
@describes(shapes.Done)
def delete(agent_id: str) -> Response:
    """Remove an agent and all that belongs to it; its key ends, and nothing but the audit is left."""
    write(lambda tx: agent_removal.remove(tx, agent_id))
    return json_response({"status": "deleted"})
