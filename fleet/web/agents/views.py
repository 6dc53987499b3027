"""Agents: document 1's calls and document 4's, and the forms of the pages."""

from __future__ import annotations

from typing import ClassVar, TypedDict

from flask import Blueprint, Response, request
from msgspec import UNSET, UnsetType

from fleet.db import Transaction, db
from fleet.db.unchanged import recalled
from fleet.errors import Invalid
from fleet.models import agent, agent_removal, json_types, shapes
from fleet.models.agent import GROUPS, PARTS, STATES, STATUSES, listed
from fleet.models.agent.json_pages import JsonPages
from fleet.models.editions import etag, expect
from fleet.parts import the
from fleet.web.agents import pages
from fleet.web.agents.reports import AgentReport
from fleet.web.http import queries
from fleet.web.http.bodies import Name, Path, Tags, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encode, json_response, raw_json, respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.security import signs_of_life

agents = Blueprint("agents", __name__)

CONNECTIONS = ("online", "offline", "unknown")
NEED_NAME = ("MISSING_NAME", "Agent name is required")
NEED_WORKTREE = ("MISSING_WORKTREE", "Agent worktree is required")


class AgentPatch(AgentReport):
    """A partial report or edit of an agent."""

    not_blank: ClassVar = {"name": NEED_NAME, "worktree": NEED_WORKTREE}

    worktree: Path | UnsetType = UNSET
    capabilities: Tags | UnsetType = UNSET
    issue_ids: Tags | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET


class AgentCreate(AgentPatch):
    """A new agent: its name and worktree, and anything that a report may say."""

    required: ClassVar = {"name": NEED_NAME, "worktree": NEED_WORKTREE}
    not_blank: ClassVar = {}

    hostname: Name | UnsetType | None = UNSET
    machine_address: Name | UnsetType | None = UNSET
    repo_path: Path | UnsetType | None = UNSET


class Agents(TypedDict):
    """A page of agents, newest created first unless `sort` says otherwise."""

    agents: list[json_types.Agent]
    total: int
    limit: int
    offset: int


def wanted_sort() -> str:
    """The order in the query."""
    return queries.choice("sort", tuple(listed.SORTS)) or "created"


def wanted_agents() -> agent.Filter:
    """The filter in the query; `status` names either of an agent's two states (document 4)."""
    status = queries.choice("status", (*STATUSES, *CONNECTIONS))
    connection = queries.choice("connection", CONNECTIONS)
    if status in CONNECTIONS:
        connection, status = status, None
    return agent.Filter(
        status=status,
        connection=connection,
        hostname=queries.words("hostname"),
        kind=queries.choice("kind", ("coding", "host")),
        state=queries.choice("state", (*STATES, "needs_you")),
        group=queries.choice("group", (*GROUPS, *PARTS)),
        words=queries.words("q"),
        tag=queries.words("tag"),
    )


@agents.get("")
@describes(Agents, query=(queries.window, wanted_agents, wanted_sort))
def index() -> Response:
    """List agents: newest created first for programs, by what needs attention for people."""
    limit, offset = queries.window()
    if not wants_json():
        return respond(page=lambda: pages.index(limit, offset))
    filters = wanted_agents()
    sort = wanted_sort()
    queries.require_known()
    json_pages = the(JsonPages)

    def read_page() -> bytes:
        rows, total = json_pages.page(connection, filters, limit, offset, sort)
        return encode({"agents": rows, "total": total, "limit": limit, "offset": offset})

    with db.engine.connect() as connection:
        body = recalled(connection, ("agents", filters, limit, offset, sort), read_page)
    return raw_json(body)


@agents.post("")
@form_page(pages.failed_new)
@describes(json_types.Agent, 201, body=AgentCreate, codes=("AGENT_ALREADY_EXISTS",))
def create() -> Response:
    """Add an agent by hand, or from a program, which is its first sign of life (document 1)."""
    values, alive = read(AgentCreate).given(), signs_of_life.by_program()
    return write_and_respond(
        lambda tx: agent.create(tx, values, alive=alive),
        json=shapes.agent,
        status=201,
        goto=lambda row: f"/agents/{row.id}",
    )


@agents.get("/<agent_id>")
@describes(json_types.Agent, etag=True)
def show(agent_id: str) -> Response:
    """One agent."""
    if not wants_json():
        return pages.visit(agent_id, "overview")
    with db.engine.connect() as connection:
        row = agent.find(connection, agent_id)
    return json_response(shapes.agent(row), headers={"ETag": etag(row)})


@agents.patch("/<agent_id>")
@form_page(pages.failed_form("details", "rename"))
@describes(json_types.Agent, body=AgentPatch, edition=True, etag=True)
def edit(agent_id: str) -> Response:
    """Report or edit a part of an agent; `If-Match` refuses a stale edit."""
    changes = read(AgentPatch).given()
    if_match = request.headers.get("If-Match")
    return write_and_respond(
        lambda tx: agent.edit(tx, agent_id, changes, if_match, alive=signs_of_life.carried()),
        json=shapes.agent,
        headers=lambda row: {"ETag": etag(row)},
        goto=f"/agents/{agent_id}/details",
    )


@agents.delete("/<agent_id>")
@form_page(pages.failed_form("details", "delete"))
@describes(edition=True)
def delete(agent_id: str) -> Response:
    """Delete an agent with its todos, commands and events; its tasks go back to the queue."""
    if request.form:
        confirm(agent_id)
    if_match = request.headers.get("If-Match")

    with db.engine.connect() as connection:
        kind = agent.find(connection, agent_id).kind

    def remove(tx: Transaction) -> None:
        expect(agent.find(tx.connection, agent_id), if_match)
        agent_removal.remove(tx, agent_id)

    write(remove)
    return respond(goto="/hosts" if kind == "host" else "/agents")


def confirm(agent_id: str) -> None:
    """A person types the agent's name before it is deleted (pages.md). Raises Invalid."""
    with db.engine.connect() as connection:
        row = agent.find(connection, agent_id)
    if request.form.get("confirm", "").strip() != row.name.strip():
        raise Invalid("CONFIRMATION_MISMATCH", "Type the agent's name to delete it.", field="confirm")
