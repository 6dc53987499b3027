"""What changes tasks: `fleet task new`, `edit`, `assign`, `retry`, `delete`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from fleet.client import Json
from fleet.shell import finding, screen, task_words, words
from fleet.shell.command import FAILED, USAGE, Command, Failed, connected, json_option, sentence
from fleet.shell.fleet import Fleet

ENDED = ("completed", "failed")
LISTS = {"labels": "labels", "needs": "depends_on", "requires": "required_capabilities"}


def task_options(command: Callable[..., None]) -> Callable[..., None]:
    """What a new task may say, and an edit change."""
    options = [
        click.option("--description", help="What is to be done; - reads standard input."),
        click.option("--priority", type=click.Choice(words.PRIORITIES)),
        click.option("--label", "labels", multiple=True, help="A label; may be repeated."),
        click.option("--needs", multiple=True, help="A task that must be done before; may be repeated."),
        click.option("--requires", multiple=True, help="What the agent must be able to do; may be repeated."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command(cls=Command)
@click.argument("title")
@task_options
@click.option("--assign", "agent", metavar="AGENT", help="Give it to this agent at once.")
@json_option
@connected
def new(fleet: Fleet, title: str, agent: str | None, as_json: bool, **given: Any) -> None:
    """Add a task; without a description its title has to do."""
    body = {"title": title, "description": title, **values(fleet, given)}
    if agent is not None:
        body["assigned_agent_id"] = finding.agent(fleet, agent)["id"]
    said(fleet.post("tasks", body=body), as_json)


@click.command(cls=Command)
@click.argument("wanted", metavar="TASK")
@click.option("--title")
@task_options
@click.option("--status", type=click.Choice(list(words.STATUSES)))
@json_option
@connected
def edit(fleet: Fleet, wanted: str, as_json: bool, **given: Any) -> None:
    """Change a task; lists are replaced, and emptied by an empty value (--label '')."""
    body = values(fleet, given)
    if not body:
        raise Failed("Say what to change; --help lists it.", USAGE)
    row = finding.task(fleet, wanted)
    said(fleet.patch("tasks", row["id"], body=body), as_json)


@click.command(cls=Command)
@click.argument("wanted", metavar="TASK")
@click.argument("agent", required=False)
@click.option("--nobody", is_flag=True, help="Put it back into the queue instead.")
@json_option
@connected
def assign(fleet: Fleet, wanted: str, agent: str | None, nobody: bool, as_json: bool) -> None:
    """Give a task to AGENT; one that another agent has must be given to --nobody first."""
    if nobody == (agent is not None):
        raise Failed("Name an agent, or say --nobody.", USAGE)
    row = finding.task(fleet, wanted)
    assignee = None if agent is None else finding.agent(fleet, agent)["id"]
    said(fleet.patch("tasks", row["id"], body={"assigned_agent_id": assignee}), as_json)


@click.command(cls=Command)
@click.argument("wanted", metavar="TASK")
@json_option
@connected
def retry(fleet: Fleet, wanted: str, as_json: bool) -> None:
    """Put a task that failed, or was done, into the queue again."""
    row = finding.task(fleet, wanted)
    if row["status"] not in ENDED:
        raise Failed(f"#{row['number']} is {row['status']}; it has not ended yet.", FAILED)
    said(fleet.patch("tasks", row["id"], body={"status": "pending"}), as_json)


@click.command(cls=Command)
@click.argument("wanted", metavar="TASK")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@connected
def delete(fleet: Fleet, wanted: str, yes: bool) -> None:
    """Delete a task; those that waited for it wait no longer."""
    row = finding.task(fleet, wanted)
    if not yes and not sys.stdin.isatty():
        raise Failed("Nobody can be asked here; say --yes.", USAGE)
    if not yes and not click.confirm(f"Delete {task_words.short(row)}?", err=True):
        raise Failed("Nothing was deleted.", FAILED)
    fleet.delete("tasks", row["id"])
    screen.say(f"Deleted {task_words.short(row)}")


def values(fleet: Fleet, given: dict[str, Any]) -> Json:
    """What was given, as the server calls it; tasks that are needed by their ids."""
    body: Json = {name: given[name] for name in ("title", "priority", "status") if given.get(name) is not None}
    if given["description"] is not None:
        body["description"] = sentence((given["description"],))
    for option, field in LISTS.items():
        if given[option]:
            body[field] = [each for each in given[option] if each.strip()]
    if "depends_on" in body:
        body["depends_on"] = ids(fleet, body["depends_on"])
    return body


def ids(fleet: Fleet, wanted: Sequence[str]) -> list[str]:
    """The ids of tasks by number or id."""
    return [str(finding.task(fleet, each)["id"]) for each in wanted]


def said(task: Json, as_json: bool) -> None:
    """Print the task as it is now."""
    if as_json:
        screen.say_json(task)
    else:
        screen.say(task_words.short(task))
