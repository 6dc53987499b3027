"""`fleet tasks` and `fleet task`: the queue, and one task; what changes tasks is in task_edits.py."""

from __future__ import annotations

import click

from fleet.client import Json
from fleet.shell import finding, screen, task_edits, task_words, words
from fleet.shell.command import NOTHING, Command, Failed, Group, connected, json_option
from fleet.shell.fleet import Fleet
from fleet.shell.tables import table


@click.command(cls=Command)
@click.argument("query", metavar="[WORDS]...", nargs=-1)
@click.option("--status", type=click.Choice(list(words.STATUSES)), help="Only those of this status.")
@click.option("--label", "labels", multiple=True, help="Only those with this label; may be repeated.")
@click.option("--priority", type=click.Choice(words.PRIORITIES), help="Only those of this priority.")
@click.option("-n", "--limit", type=click.IntRange(1), help="At most so many; all by default.")
@json_option
@connected
def tasks(
    fleet: Fleet,
    query: tuple[str, ...],
    status: str | None,
    labels: tuple[str, ...],
    priority: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List tasks, newest first.

    Each of WORDS must occur in a task's title, description or labels, or be its number.
    """
    rows = fleet.every("tasks", limit, q=" ".join(query), status=status, labels=",".join(labels), priority=priority)
    if as_json:
        screen.say_json(rows)
    elif rows:
        names = agent_names(fleet, rows)
        screen.say_all(table(task_words.COLUMNS, [task_words.row(each, names) for each in rows]))
    if not rows:
        narrowed = query or status or labels or priority
        raise Failed("No task matches." if narrowed else "There are no tasks yet.", NOTHING)


def agent_names(fleet: Fleet, rows: list[Json]) -> dict[str, str]:
    """The agents' names by their ids, if any task has an agent."""
    if not any(task.get("assigned_agent_id") or task.get("agent_id") for task in rows):
        return {}
    return {agent["id"]: agent["name"] for agent in fleet.every("agents")}


@click.group(cls=Group, default="show")
def task() -> None:
    """Show or change one task, or add one."""


@task.command("show")
@click.argument("wanted", metavar="ID-OR-NUMBER")
@json_option
@connected
def show(fleet: Fleet, wanted: str, as_json: bool) -> None:
    """Show one task and every claim of it."""
    row = finding.task(fleet, wanted)
    claims = fleet.get("tasks", row["id"], "claims")["claims"]
    if as_json:
        screen.say_json({**row, "claims": claims})
        return
    names = agent_names(fleet, [row, *claims])
    screen.say_all([*task_words.details(row, names), *task_words.claims(claims, names)])


for change in (
    task_edits.new,
    task_edits.edit,
    task_edits.assign,
    task_edits.retry,
    task_edits.delete,
):
    task.add_command(change)
