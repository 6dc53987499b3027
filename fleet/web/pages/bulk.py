"""What the calls for many at once have in common: their ids, and an answer that says of each what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from flask import Response, current_app
from msgspec import Meta

from fleet.db import Transaction
from fleet.models import json_types
from fleet.models.outcomes import Outcome
from fleet.web.http.bodies import Tag
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import respond
from fleet.web.http.writes import write, write_and_respond

IDS_MOST = 500
Ids = Annotated[list[Tag], Meta(min_length=1, max_length=IDS_MOST)]
NEED_AGENTS = {"ids": ("MISSING_IDS", "Choose at least one agent.")}
NEED_TASKS = {"ids": ("MISSING_IDS", "Choose at least one task.")}
WRONG_AGENTS = {"ids": f"ids must be a list of 1 to {IDS_MOST} agents."}
WRONG_TASKS = {"ids": f"ids must be a list of 1 to {IDS_MOST} tasks."}


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
    task: json_types.Task
    deleted: bool


class BulkResult(TypedDict):
    """What came of each, in the order of the ids; 200 however many failed."""

    succeeded: int
    failed: int
    results: list[BulkLine]


class BulkCommandResult(BulkResult):
    """The same, with the `id` of the report; null when nobody was told."""

    id: str | None


@dataclass(frozen=True, slots=True)
class Words:
    """How an answer speaks: the word for pages ("Sent to") and what it was done to; `goto` is where a form leads.

    `key` and `shape` are the name and the JSON of what came of it for one.
    `report` is the id and the address of a page that tells how it goes on.
    """

    done: str
    key: str
    shape: Callable[[Any], Any]
    noun: str = "agent"
    goto: str = "/agents"
    report: tuple[str, str] | None = None


def for_each(run: Callable[[Transaction], list[Outcome]], words: Words) -> Response:
    """Run a verb of many. 200 however many failed: `results` tells, in the order of the ids."""
    if wants_json():
        return write_and_respond(run, json=lambda outcomes: as_json(outcomes, words))
    outcomes = write(run)
    follow = words.report[1] if words.report and any_good(outcomes) else None
    return respond(part=lambda: part(outcomes, words, follow), goto=follow or words.goto)


def any_good(outcomes: Sequence[Outcome]) -> bool:
    """True when it went well for one at least."""
    return any(outcome.error is None for outcome in outcomes)


def as_json(outcomes: Sequence[Outcome], words: Words) -> dict[str, Any]:
    """How many went well, how many did not, and each by itself."""
    results = [
        {"id": outcome.id, words.key: words.shape(outcome.result)}
        if outcome.error is None
        else {"id": outcome.id, "error": {"code": outcome.error.code, "message": outcome.error.message}}
        for outcome in outcomes
    ]
    failed = sum(outcome.error is not None for outcome in outcomes)
    answer = {"succeeded": len(outcomes) - failed, "failed": failed, "results": results}
    if words.report is not None:
        answer["id"] = words.report[0] if any_good(outcomes) else None
    return answer


def part(outcomes: Sequence[Outcome], words: Words, follow: str | None) -> str:
    """The same for a page."""
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    template = current_app.jinja_env.get_template("shared/_bulk_result.html")
    return template.render(
        failed=failed, succeeded=len(outcomes) - len(failed), done=words.done, noun=words.noun, report=follow
    )
