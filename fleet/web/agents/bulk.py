"""What the calls for many agents at once have in common: their ids, and an answer that says of each what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypedDict

from flask import Response, current_app
from msgspec import Meta

from fleet.db import Transaction
from fleet.models import agent, json_types
from fleet.web.http.bodies import Tag
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import respond
from fleet.web.http.writes import write, write_and_respond

IDS_MOST = 500
Ids = Annotated[list[Tag], Meta(min_length=1, max_length=IDS_MOST)]
NEED_IDS = {"ids": ("MISSING_IDS", "Choose at least one agent.")}


class Fault(TypedDict):
    """Why it did not work for one of them."""

    code: str
    message: str


class BulkLine(TypedDict, total=False):
    """What came of one of them: `error`, or what the call makes."""

    id: str
    error: Fault
    agent: json_types.Agent
    command: json_types.Command
    deleted: bool


class BulkResult(TypedDict):
    """What came of each, in the order of the ids; 200 however many failed."""

    succeeded: int
    failed: int
    results: list[BulkLine]


Verb = Callable[[Transaction, str], Any]


def for_each(ids: Sequence[str], verb: Verb, *, key: str, shape: Callable[[Any], Any], done: str) -> Response:
    """Run `verb` for every id. 200 however many failed: `results` tells, in the order of the ids.

    `key` and `shape` are the name and the JSON of what `verb` gives back; `done`
    is the word for pages ("Sent to").
    """

    def run(tx: Transaction) -> list[agent.Outcome]:
        return agent.each(tx, ids, lambda agent_id: verb(tx, agent_id))

    if wants_json():
        return write_and_respond(run, json=lambda outcomes: as_json(outcomes, key, shape))
    outcomes = write(run)
    return respond(part=lambda: part(outcomes, done), goto="/agents")


def as_json(outcomes: Sequence[agent.Outcome], key: str, shape: Callable[[Any], Any]) -> dict[str, Any]:
    """How many went well, how many did not, and each by itself."""
    results = [
        {"id": outcome.agent_id, key: shape(outcome.result)}
        if outcome.error is None
        else {
            "id": outcome.agent_id,
            "error": {"code": outcome.error.code, "message": outcome.error.message},
        }
        for outcome in outcomes
    ]
    failed = sum(outcome.error is not None for outcome in outcomes)
    return {"succeeded": len(outcomes) - failed, "failed": failed, "results": results}


def part(outcomes: Sequence[agent.Outcome], done: str) -> str:
    """The same for a page."""
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    template = current_app.jinja_env.get_template("agents/_bulk_result.html")
    return template.render(failed=failed, succeeded=len(outcomes) - len(failed), done=done)
