"""`fleet claim`: take the next task, and what follows from having it."""

from __future__ import annotations

import time

import click

from fleet.client import Json
from fleet.shell import finding, screen, words
from fleet.shell.command import NOTHING, Failed, Group, connected, json_option, sentence
from fleet.shell.fleet import Fleet
from fleet.shell.plain import block
from fleet.shell.tables import facts
from fleet.shell.task_edits import said

LONGEST_WAIT = 55  # seconds that the server holds one call
lease_option = click.option("--lease", type=click.IntRange(10, 3600), help="Seconds until it lapses.")
fence_option = click.option("--fence", type=click.IntRange(1), required=True, help="The claim's number.")


@click.group(cls=Group, default="next")
def claim() -> None:
    """Take a task for an agent; renew, release or end it.

    A claim is good while its lease lasts; its fence proves that it is the latest one.
    """


@claim.command("next")
@click.argument("agent")
@click.option("--wait", type=click.IntRange(0), default=0, help="Seconds to wait for a task.")
@click.option("--task", "wanted", metavar="TASK", help="Take this very task.")
@lease_option
@json_option
@connected
def take(fleet: Fleet, agent: str, wait: int, wanted: str | None, lease: int | None, as_json: bool) -> None:
    """Take the next task that AGENT can do, and print it and its fence."""
    body: Json = {"agent_id": finding.agent(fleet, agent)["id"]} | ({"lease": lease} if lease else {})
    if wanted is not None:
        taken = fleet.post("tasks", finding.task(fleet, wanted)["id"], "claim", body=body)
    else:
        taken = wait_for_task(fleet, body, wait)
    if not taken:
        raise Failed("There is nothing to claim.", NOTHING)
    show(taken, as_json)


def wait_for_task(fleet: Fleet, body: Json, wait: int) -> Json:
    """The next task and its lease, within `wait` seconds; {} when there is none."""
    deadline = time.monotonic() + wait
    while True:
        seconds = min(LONGEST_WAIT, max(0, round(deadline - time.monotonic())))
        taken = fleet.post("tasks", "claim", body=body | {"wait": seconds}, wait=seconds)
        if taken or time.monotonic() >= deadline - 0.5:
            return taken


def show(taken: Json, as_json: bool) -> None:
    """Print a task and its lease."""
    if as_json:
        screen.say_json(taken)
        return
    task, lease = taken["task"], taken["lease"]
    screen.say_all(
        facts(
            [
                ("task", task["id"]),
                ("number", task["number"]),
                ("fence", lease["fence"]),
                ("until", words.moment(lease["expires_at"])),
                ("title", " ".join(task["title"].split())),
            ]
        )
    )
    if task["description"] != task["title"]:
        screen.say(f"\n{block(task['description'])}")


@claim.command("renew")
@click.argument("wanted", metavar="TASK")
@fence_option
@lease_option
@json_option
@connected
def renew(fleet: Fleet, wanted: str, fence: int, lease: int | None, as_json: bool) -> None:
    """Keep a claimed task for longer, by the lease's own length unless --lease says another."""
    task = finding.task(fleet, wanted)
    body = {"fence": fence} | ({"lease": lease} if lease else {})
    show(fleet.patch("tasks", task["id"], "claim", body=body), as_json)


@claim.command("release")
@click.argument("wanted", metavar="TASK")
@fence_option
@json_option
@connected
def release(fleet: Fleet, wanted: str, fence: int, as_json: bool) -> None:
    """Put a claimed task back into the queue."""
    task = finding.task(fleet, wanted)
    said(fleet.delete("tasks", task["id"], "claim", query=f"fence={fence}"), as_json)


@claim.command("complete")
@click.argument("wanted", metavar="TASK")
@fence_option
@click.argument("result", nargs=-1)
@json_option
@connected
def complete(fleet: Fleet, wanted: str, fence: int, result: tuple[str, ...], as_json: bool) -> None:
    """Hand in a claimed task, with its RESULT in words (- reads standard input)."""
    end(fleet, wanted, "completion", {"fence": fence}, {"result": result}, as_json)


@claim.command("fail")
@click.argument("wanted", metavar="TASK")
@fence_option
@click.argument("reason", nargs=-1)
@json_option
@connected
def fail(fleet: Fleet, wanted: str, fence: int, reason: tuple[str, ...], as_json: bool) -> None:
    """Say that a claimed task cannot be done, and the REASON (- reads standard input)."""
    end(fleet, wanted, "failure", {"fence": fence}, {"reason": reason}, as_json)


def end(
    fleet: Fleet, wanted: str, ending: str, body: Json, words_given: dict[str, tuple[str, ...]], as_json: bool
) -> None:
    """End a claimed task."""
    said_words = {name: sentence(given) for name, given in words_given.items() if given}
    task = finding.task(fleet, wanted)
    said(fleet.post("tasks", task["id"], ending, body=body | said_words), as_json)
