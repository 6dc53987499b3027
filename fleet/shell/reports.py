"""`fleet report`: an agent, a script or a git hook says what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fleet.client import Json
from fleet.shell import asking, identity, plain, screen, words
from fleet.shell.command import EXIT_CODES, USAGE, Command, Failed, connected, json_option
from fleet.shell.fleet import Fleet

STATUSES = ("idle", "active", "waiting_feedback", "error", "finished", "warning", "shutting_down")
PERCENT, COUNT = click.IntRange(0, 100), click.IntRange(0)
# What a report may say: the option's name here, and the field's on the server.
FIELDS = {
    "status": "status",
    "task": "current_task",
    "progress": "progress",
    "commit": "last_commit",
    "files": "files_changed",
    "added": "lines_added",
    "removed": "lines_removed",
}
LISTS = {"capabilities": "capabilities", "issues": "issue_ids", "tags": "tags", "options": "question_options"}
EXAMPLES = """\b
Examples:
  fleet report --status active --progress 40 --task "Write the tests"
  answer=$(fleet report --ask "Deploy now?" --option Yes --option No --wait)
"""


@click.command(cls=Command, epilog=f"{EXAMPLES}\n{EXIT_CODES}")
@click.option("--heartbeat", is_flag=True, help="Who reports is known by host, address and repository (default).")
@click.option("--name", help="The agent's name; with --worktree, this is how it is known.")
@click.option("--worktree", metavar="PATH", help="Another folder than the git repository around this one.")
@click.option("--agent", envvar="FLEET_AGENT", show_envvar=True, help="An agent that is there, by id or name.")
@click.option("--hostname", help="Another host name than this machine's.")
@click.option("--address", help="Another address than this machine's.")
@click.option("--status", type=click.Choice(STATUSES))
@click.option("--task", help="What the agent works on.")
@click.option("--progress", type=PERCENT, metavar="PERCENT")
@click.option("--question", "--ask", help="Ask a person; the status becomes waiting_feedback.")
@click.option("--option", "options", multiple=True, help="A likely answer; may be repeated, six at most.")
@click.option("--wait", is_flag=True, help="Wait for the answer and print it.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer than this.")
@click.option("--event", "events", nargs=2, multiple=True, metavar="TYPE MESSAGE", help="A line of activity.")
@click.option("--commit", metavar="TEXT", help="The last commit.")
@click.option("--files", type=COUNT, metavar="N", help="How many files have changed.")
@click.option("--added", type=COUNT, metavar="N", help="How many lines were added.")
@click.option("--removed", type=COUNT, metavar="N", help="How many lines were removed.")
@click.option("--capability", "capabilities", multiple=True, help="What the agent can do; may be repeated.")
@click.option("--issue", "issues", multiple=True, help="An issue that it works on; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="May be repeated.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but an answer.")
@json_option
@connected
def report(fleet: Fleet, **given: Any) -> None:
    """Say what an agent does; for scripts and git hooks too.

    In a repository no more is needed than what is to be said: the agent is made
    at its first report. With --wait, standard output gets the answer and nothing
    else; exit code 4 when nobody answers within --timeout.
    """
    check(given)
    fields = reported(given)
    reporter = who(fleet, given)
    record = reporter.send(fields)
    for kind, message in given["events"]:
        fleet.post("agents", record["id"], "events", body={"type": kind, "message": message})
    if given["wait"]:
        command = asking.Question(fleet, reporter, record).answer(given["timeout"])
        say(command, plain.block(command["content"]), given["as_json"])
    elif not given["quiet"]:
        say(record, summary(record), given["as_json"])


def check(given: dict[str, Any]) -> None:
    """Raise Failed for options that do not go together."""
    if given["question"] is None and (given["options"] or given["wait"]):
        raise Failed("--option and --wait go with --ask.", USAGE)
    if given["wait"] and given["status"] not in (None, "waiting_feedback"):
        raise Failed("An agent that waits for an answer has the status waiting_feedback.", USAGE)


def reported(given: dict[str, Any]) -> Json:
    """The report's fields, as the server calls them."""
    fields: Json = {field: given[name] for name, field in FIELDS.items() if given[name] is not None}
    fields |= {field: list(given[name]) for name, field in LISTS.items() if given[name]}
    if given["question"] is not None:
        fields |= {"pending_question": given["question"], "question_options": list(given["options"])}
        fields.setdefault("status", "waiting_feedback")
    return fields


def who(fleet: Fleet, given: dict[str, Any]) -> identity.Reporter:
    """Who reports; see the options."""
    name, worktree = given["name"], given["worktree"]
    if given["agent"] is not None and not given["heartbeat"]:
        return identity.by_id(fleet, given["agent"])
    if name and worktree and not given["heartbeat"]:
        return identity.by_name(fleet, name, str(Path(worktree).resolve()))
    beating = identity.by_heartbeat(fleet, given["hostname"], given["address"], worktree)
    if name:
        return identity.Reporter(lambda fields: beating.send({"name": name} | fields))
    return beating


def summary(agent: Json) -> str:
    """The agent in a line."""
    parts = [agent["id"], plain.line(agent["name"]), words.state_word(agent), f"{agent['progress']} %"]
    return "  ".join([*parts, *([plain.line(agent["current_task"])] if agent["current_task"] else [])])


def say(value: Json, text: str, as_json: bool) -> None:
    """Print a record for a program, or what is said about it."""
    if as_json:
        screen.say_json(value)
    else:
        screen.say(text)
