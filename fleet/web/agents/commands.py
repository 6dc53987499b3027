"""What an agent is told: sent by people and programs, fetched and answered by the agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypedDict

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.bus import News
from fleet.db import Transaction, db, write
from fleet.errors import StorageUnavailable
from fleet.models import agent, command, execution, json_types
from fleet.models.command import SHELL, STATUSES, WORDS
from fleet.models.shapes import JSON
from fleet.web.agents import pages
from fleet.web.agents.sending import CommandCreate, words_for_agent, work_for_host
from fleet.web.http import queries
from fleet.web.http.bodies import Body, Text, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encoded, json_response, respond
from fleet.web.http.writes import write_and_respond
from fleet.web.live import long_poll
from fleet.web.pages.forms import form_page
from fleet.web.security import policy, signs_of_life

commands = Blueprint("commands", __name__)

LIST_DEFAULT = 500


class CommandPatch(Body):
    """What the agent says of a command."""

    wrong: ClassVar = {"status": "Invalid command status"}
    masked: ClassVar = ("response",)

    status: json_types.CommandStatus | UnsetType = UNSET
    response: Text | UnsetType | None = UNSET
    outcome: Literal["succeeded", "failed"] | UnsetType = UNSET


class Commands(TypedDict):
    """An agent's commands, oldest first."""

    commands: list[json_types.Command]


def wanted_commands() -> tuple[str | None, str | None]:
    """Status and type in the query."""
    return queries.choice("status", STATUSES), queries.choice("type", (*WORDS, SHELL))


def wanted_window() -> tuple[int, int]:
    """`limit` and `offset`; a list is long unless it is asked for a shorter one."""
    return queries.window(LIST_DEFAULT)


@commands.get("/<agent_id>/commands")
@describes(Commands, query=(wanted_commands, wanted_window, long_poll.seconds))
def index(agent_id: str) -> Response:
    """An agent's commands, oldest first; with `wait` (seconds) held until one matches.

    Asking for `status=sent` is how an agent fetches its commands: while it is
    held (`fleet.models.hold`) that brings none but a stop's own. With an agent's key
    every list is a fetch.
    """
    if not wants_json():
        return pages.visit(agent_id, "commands")
    status, kind = wanted_commands()
    limit, offset = wanted_window()
    seconds = long_poll.seconds()
    queries.require_known()  # before it waits
    if status == "sent" or seconds:
        signs_of_life.of(agent_id, poll=True)

    def look() -> list[JSON]:
        with db.engine.connect() as connection:
            agent.find(connection, agent_id)
            if status == "sent":
                rows = command.deliverable(connection, agent_id, limit, offset, kind)
            else:
                rows = command.of_agent(connection, agent_id, limit, offset, status=status, type=kind)
            return visible(execution.with_executions(connection, command.list_as_json(connection, rows)))

    arrived = (long_poll.until(look, seconds, arrives(agent_id)) if seconds else look()) or []
    if signs_of_life.by_program() and (status == "sent" or seconds or g.identity.agent_id):
        arrived = fetched(agent_id, arrived)
    return json_response({"commands": encoded(arrived)})


def fetched(agent_id: str, listed: list[JSON]) -> list[JSON]:
    """The same, handed over to the agent: from here on they cannot be withdrawn; what was meanwhile is left out.

    A full disk must not keep an agent from reading.
    """
    new = [each["id"] for each in listed if each["state"] == "queued"]
    if not new:
        return listed
    try:
        delivered = set(write(lambda tx: command.deliver(tx, agent_id, new)))
    except StorageUnavailable:
        return listed
    there = [each for each in listed if each["state"] != "queued" or each["id"] in delivered]
    return [each | {"state": "delivered"} if each["id"] in delivered else each for each in there]


def arrives(agent_id: str) -> Callable[[News], bool]:
    """Which news may bring the agent a command: one for it, and whatever ends what holds it."""

    def relevant(news: News) -> bool:
        ends = news.kind == "agent_updated" and news.subject == agent_id
        return news.kind in ("command_received", "fleet_resumed") or ends

    return relevant


def visible(listed: list[JSON]) -> list[JSON]:
    """What the caller may see: an agent's own key nothing that is held, a viewer nothing of what hosts do."""
    shown = [each for each in listed if not (each["held"] and g.identity.agent_id)]
    return shown if policy.allows(g.identity.role, "operator") or g.identity.agent_id else execution.without_text(shown)


@commands.post("/<agent_id>/commands")
@form_page(pages.failed_form("commands", "command"))
@describes(
    json_types.Command,
    201,
    body=CommandCreate,
    codes=("MISSING_CONTENT", "MISSING_COMMAND", "NOT_A_HOST", "IS_A_HOST", "TOO_MANY_COMMANDS"),
)
def create(agent_id: str) -> Response:
    """Tell an agent something."""
    body = read(CommandCreate)
    shell = body.type == command.SHELL
    verb = work_for_host(agent_id, body) if shell else words_for_agent(agent_id, body)

    return write_and_respond(
        verb,
        json=lambda sent: sent,
        status=201,
        goto=lambda sent: f"/hosts/{agent_id}/commands/{sent['id']}" if shell else f"/agents/{agent_id}/commands",
    )


@commands.get("/<agent_id>/commands/<command_id>")
@describes(json_types.Command, query=(long_poll.seconds,))
def show(agent_id: str, command_id: str) -> Response:
    """One command, with what came of it; with `wait` (seconds) held until it is completed."""
    seconds = long_poll.seconds()

    def look() -> JSON:
        with db.engine.connect() as connection:
            agent.find(connection, agent_id)
            row = command.find(connection, agent_id, command_id)
            shown = visible(execution.with_executions(connection, [command.as_json(connection, row)]))
        if not shown:
            raise command.unknown()
        return shown[0]

    def completed() -> JSON | None:
        shown = look()
        return shown if shown["status"] == "completed" else None

    def relevant(news: News) -> bool:
        return news.subject in (command_id, agent_id) and news.kind in ("command_updated", "agent_deleted")

    found = (long_poll.until(completed, seconds, relevant) if seconds else None) or look()
    return respond(json=lambda: found, goto=f"/agents/{agent_id}/commands")


@commands.patch("/<agent_id>/commands/<command_id>")
@describes(
    json_types.Command,
    body=CommandPatch,
    codes=("COMMAND_ALREADY_COMPLETED", "COMMAND_OF_A_HOST", "INVALID_TRANSITION"),
)
def edit(agent_id: str, command_id: str) -> Response:
    """The agent acknowledges, answers, completes."""
    changes = read(CommandPatch).given()

    def report(tx: Transaction) -> JSON:
        return command.as_json(tx.connection, command.report(tx, agent_id, command_id, changes))

    return write_and_respond(report, json=lambda reported: reported, goto=f"/agents/{agent_id}/commands")


@commands.delete("/<agent_id>/commands/<command_id>")
@describes(json_types.Command, codes=("COMMAND_ALREADY_READ", "COMMAND_OF_A_STOP", "COMMAND_ALREADY_COMPLETED"))
def delete(agent_id: str, command_id: str) -> Response:
    """Withdraw a command that the agent has not read, or end what runs on a host; it stays in the record as canceled."""
    by = g.identity.name

    def cancel(tx: Transaction) -> JSON:
        if command.find(tx.connection, agent_id, command_id).type == command.SHELL:
            row = execution.cancel(tx, agent_id, command_id, by)
            return execution.with_executions(tx.connection, [command.as_json(tx.connection, row)])[0]
        return command.as_json(tx.connection, agent.withdraw(tx, agent_id, command_id))

    return write_and_respond(cancel, json=lambda canceled: canceled, goto=f"/agents/{agent_id}/commands")
