"""`fleet tell` and `fleet answer`: a person's half of the talk with an agent."""

from __future__ import annotations

import time

import click

from fleet.client import Json
from fleet.shell import finding, plain, screen
from fleet.shell.command import FAILED, NOTHING, Command, Failed, connected, json_option, sentence
from fleet.shell.fleet import Fleet

# How often an unanswered command is looked at: soon at first, then less and less (seconds).
SOON, SELDOM = 0.3, 3.0
WORDS = ("instruction", "feedback", "question")


@click.command(cls=Command)
@click.argument("agent")
@click.argument("text", nargs=-1, required=True)
@click.option("--type", "kind", type=click.Choice(WORDS), default="instruction", show_default=True)
@click.option("--wait", is_flag=True, help="Wait for the agent's response and print it.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer than this.")
@json_option
@connected
def tell(
    fleet: Fleet,
    agent: str,
    text: tuple[str, ...],
    kind: str,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Tell an agent something, and see its response.

    A TEXT of - is read from standard input.

    With --wait, standard output gets nothing but the agent's response; exit
    code 1 when it says that it has failed, 4 when nothing came in time.
    """
    content = sentence(text)
    row = finding.agent(fleet, agent)
    sent = fleet.post("agents", row["id"], "commands", body={"type": kind, "content": content})
    if not wait:
        say(sent, f"Sent {sent['id']} to {plain.line(row['name'])}.", as_json)
        return
    screen.note(f"Sent {sent['id']} to {plain.line(row['name'])}; waiting for its response.")
    ended = response(fleet, sent, timeout)
    say(ended, plain.block(ended["response"] or ""), as_json)
    if ended["outcome"] not in (None, "succeeded"):
        raise Failed(f"The command has {ended['outcome']}.", FAILED)


def response(fleet: Fleet, sent: Json, timeout: float | None) -> Json:
    """The command once it has ended. Raises Failed when `timeout` seconds are over before."""
    deadline = None if timeout is None else time.monotonic() + timeout
    pause = SOON
    while True:
        command = fleet.get("agents", sent["agent_id"], "commands", sent["id"])
        if command["status"] == "completed":
            return command
        if deadline is not None and time.monotonic() >= deadline:
            raise Failed(f"The agent has not responded to {sent['id']} in time.", NOTHING)
        time.sleep(pause if deadline is None else max(0, min(pause, deadline - time.monotonic())))
        pause = min(pause * 1.5, SELDOM)


@click.command(cls=Command)
@click.argument("agent")
@click.argument("text", nargs=-1, required=True)
@json_option
@connected
def answer(fleet: Fleet, agent: str, text: tuple[str, ...], as_json: bool) -> None:
    """Answer the question that an agent has put.

    `fleet agent` shows it. A TEXT of - is read from standard input.
    """
    content = sentence(text)
    row = finding.agent(fleet, agent)
    asked = row["pending_question"]
    # The question goes along, so that no answer meets another question.
    body = {"content": content} | ({"question": asked} if asked else {})
    sent = fleet.post("agents", row["id"], "answer", body=body)
    to = f" to “{plain.line(asked)}”" if asked else ""
    say(sent, f"Answered {plain.line(row['name'])}{to}.", as_json)


def say(command: Json, text: str, as_json: bool) -> None:
    """Print a command for a program, or what is said about it."""
    if as_json:
        screen.say_json(command)
    else:
        screen.say(text)
