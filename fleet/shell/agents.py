"""`fleet agents` and `fleet agent`: who there is, and what one of them does."""

from __future__ import annotations

from collections.abc import Iterator

import click

from fleet.client import Json
from fleet.shell import finding, frames, plain, screen, words
from fleet.shell.command import NOTHING, Command, Failed, connected, json_option
from fleet.shell.fleet import PAGE, Fleet
from fleet.shell.tables import Column, facts, heading, table

COLUMNS = (
    Column("STATE", colour=words.colour),
    Column("NAME", least=12),
    Column("HOST", least=6, rank=3),
    Column("REPOSITORY", least=6, rank=4),
    Column("TASK", least=8),
    Column("PROGRESS", right=True, rank=2),
    Column("SEEN", right=True, rank=1),
)
LAST_COMMANDS, LAST_EVENTS = 5, 10
# Asked for these, nobody is the good answer.
WAITING = ("needs_you", "waiting_feedback")


@click.command(cls=Command)
@click.argument("query", metavar="[WORDS]...", nargs=-1)
@click.option("--state", type=click.Choice([*words.STATES, "needs_you"]), help="Only those in this state.")
@click.option("--host", help="Only those on this host.")
@click.option("-n", "--limit", type=click.IntRange(1), help="At most so many; all by default.")
@json_option
@connected
def agents(
    fleet: Fleet,
    query: tuple[str, ...],
    state: str | None,
    host: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List agents, those that need attention first.

    WORDS must all occur in an agent's name, task, host or worktree. SEEN is how
    long ago it was heard of.
    """
    rows = fleet.every("agents", limit, q=" ".join(query), state=state, hostname=host, sort="state")
    if as_json:
        screen.say_json(rows)
    elif rows:
        screen.say_all(table(COLUMNS, [row(each) for each in rows]))
    if not rows and state in WAITING and not (query or host):
        screen.note("Nobody is waiting for you.")
    elif not rows:
        raise Failed("No agent matches." if query or state or host else "There are no agents yet.", NOTHING)


def row(agent: Json) -> list[object]:
    """An agent's line."""
    return [
        words.state_word(agent),
        agent["name"],
        agent["hostname"],
        words.repository(agent),
        agent["current_task"],
        f"{agent['progress']} %",
        words.age(agent["last_seen_at"] or agent["updated_at"]),
    ]


@click.command(cls=Command)
@click.argument("wanted", metavar="ID-OR-NAME")
@json_option
@connected
def agent(fleet: Fleet, wanted: str, as_json: bool) -> None:
    """Show one agent: question, todos, commands, activity.

    The beginning of its id or name, or a word of its name, is enough where it fits no other agent.
    """
    row = finding.agent(fleet, wanted)
    todos = fleet.get("agents", row["id"], "todos")["todos"]
    commands = last_commands(fleet, row["id"])
    events = fleet.get("agents", row["id"], "events", query=f"limit={LAST_EVENTS}")["events"]
    if as_json:
        screen.say_json({**row, "todos": todos, "commands": commands, "events": events})
        return
    screen.say_all(
        [
            *details(row),
            *question(row),
            *listed("Todos", [todo_line(each) for each in todos]),
            *listed("Last commands", [line for each in commands for line in command_lines(each)]),
            *listed("Last activity", [frames.event_line(each) for each in reversed(events)]),
        ]
    )


def last_commands(fleet: Fleet, agent_id: str) -> list[Json]:
    """The last things that the agent was told, oldest first; the server lists them from the first."""
    commands: list[Json] = []
    offset = 0
    while True:
        query = f"limit={PAGE}&offset={offset}"
        part = fleet.get("agents", agent_id, "commands", query=query)["commands"]
        commands = [*commands, *part][-LAST_COMMANDS:]
        offset += PAGE
        if len(part) < PAGE:
            return commands


def details(agent: Json) -> Iterator[str]:
    """What is known about an agent."""
    name = screen.paint(plain.line(agent["name"]), None, bold=True)
    state = words.state_word(agent)
    yield f"{name}  {screen.paint(state, words.colour(state))}"
    changes = f"+{agent['lines_added']} −{agent['lines_removed']}, files: {agent['files_changed']}"
    yield from facts(
        [
            ("id", agent["id"]),
            ("task", agent["current_task"]),
            ("progress", f"{agent['progress']} %"),
            ("host", agent["hostname"]),
            ("address", agent["machine_address"]),
            ("worktree", agent["worktree"]),
            ("changes", changes if agent["files_changed"] else None),
            ("last commit", agent["last_commit"]),
            ("can", ", ".join(agent["capabilities"])),
            ("issues", ", ".join(agent["issue_ids"])),
            ("tags", ", ".join(agent["tags"])),
            ("stopped" if agent.get("stop_id") else "paused", paused(agent)),
            ("seen", words.ago(agent["last_seen_at"] or agent["updated_at"])),
            ("added", words.ago(agent["created_at"])),
        ]
    )


def paused(agent: Json) -> str | None:
    """Since when, by whom and why it gets no claims and no commands."""
    if not agent.get("paused_at"):
        return None
    why = f": {agent['pause_reason']}" if agent["pause_reason"] else ""
    return f"{words.ago(agent['paused_at'])} by {agent['paused_by']}{why}"


def question(agent: Json) -> list[str]:
    """What the agent asks, and its own suggestions; that its answer waits, while it is offline."""
    if not agent["pending_question"]:
        return []
    options = [f"  • {plain.line(option)}" for option in agent["question_options"]]
    since = f"offline since {words.moment(agent['state_since'])}, the answer waits"
    waits = [since] if agent["state"] == "offline" and agent["needs_you"] else []
    return [*heading("Question"), plain.block(agent["pending_question"]), *options, *waits]


def listed(title: str, lines: list[str]) -> list[str]:
    """Lines under a heading, or nothing."""
    return [*heading(title), *lines] if lines else []


def todo_line(todo: Json) -> str:
    """A todo with its box."""
    box = "[x]" if todo["completed"] else "[>]" if todo["current"] else "[ ]"
    return screen.fitted(f"{box} {plain.line(todo['text'])}")


def command_lines(command: Json) -> Iterator[str]:
    """What the agent was told, what became of it, and its response."""
    status = command["status"] if command["outcome"] in (None, "succeeded") else command["outcome"]
    text = plain.line(f"{command['type']}, {status}: {command['content']}")
    yield screen.fitted(f"{words.moment(command['sent_at'])}  {text}")
    if command["response"]:
        yield screen.fitted(f"  → {plain.line(command['response'])}")
