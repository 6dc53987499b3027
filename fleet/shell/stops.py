"""`fleet stop-all`, `fleet stop`, `fleet pause` and `fleet resume`: an emergency, from a shell."""

from __future__ import annotations

import time
from datetime import datetime

import click

from fleet.client import Json, Refused
from fleet.shell import finding, plain, screen
from fleet.shell.command import FAILED, Command, Failed, connected, json_option
from fleet.shell.fleet import Fleet

LOOK_EVERY = 0.3  # seconds
SAID = {
    "acknowledged": "acknowledged",
    "completed": "has stopped",
    "failed": "could not stop",
    "idle": "became idle",
    "finished": "finished",
    "error": "ended with an error",
    "deleted": "was deleted",
}
reason_option = click.option("--reason", help="Shown on every page, and to the agents.")
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for answers.",
)


@click.command("stop-all", cls=Command)
@reason_option
@wait_option
@json_option
@connected
def stop_all(fleet: Fleet, reason: str | None, wait: float, as_json: bool) -> None:
    """Stop every agent at once.

    Claims and commands are frozen, claims are revoked, every agent at work is
    told to stop, until somebody resumes (`fleet resume`). Prints who has
    acknowledged, as they do; exit code 0 when all have, 1 otherwise. When the
    fleet is stopped already, waits for who has not answered yet.
    """
    stop_id = begun(fleet, {"kind": "stop", "reason": reason}, "The fleet")
    report = answered(fleet, stop_id, wait, quiet=as_json)
    missing = [each for each in report["acknowledgements"] if each["acknowledged_at"] is None]
    if as_json:
        screen.say_json(report)
    if missing or not report["whole"]:
        names = ", ".join(silent(each) for each in missing)
        sentence = f"{len(missing)} of {report['told']} have not acknowledged: {names}."
        raise Failed(f"{sentence} The fleet stays stopped.", FAILED)
    if not as_json:
        screen.note("The fleet is stopped and everybody has answered; `fleet resume` lets it go on.")


@click.command(cls=Command)
@click.argument("wanted", metavar="AGENT")
@click.option("--reason", help="Shown on the agent's page, and to the agent.")
@wait_option
@json_option
@connected
def stop(fleet: Fleet, wanted: str, reason: str | None, wait: float, as_json: bool) -> None:
    """Stop one AGENT at once.

    Its claims are ended and it is told to stop; it gets no claims and no
    commands until somebody resumes it (`fleet resume AGENT`). Waits for its
    answer; exit code 0 when it has come, 1 otherwise.
    """
    agent = finding.agent(fleet, wanted)
    name = plain.line(agent["name"])
    stop_id = begun(fleet, {"kind": "stop", "agent_id": agent["id"], "reason": reason}, name)
    report = answered(fleet, stop_id, wait, quiet=as_json)
    if as_json:
        screen.say_json(report)
    if not report["acknowledged"]:
        raise Failed(f"{name} has not acknowledged. It stays stopped.", FAILED)
    if not as_json:
        screen.note(f"{name} is stopped and has answered; `fleet resume {name}` lets it go on.")


def begun(fleet: Fleet, body: Json, whom: str) -> str:
    """Begin the stop, or find the one that is in force; its id."""
    try:
        stop = fleet.post("stops", body=body)
    except Refused as refusal:
        if refusal.code not in ("FLEET_ALREADY_STOPPED", "AGENT_ALREADY_STOPPED"):
            raise
        screen.note(plain.block(str(refusal)))
        return str(refusal.details["stop_id"])
    screen.note(f"{whom} is stopped ({stop['id']}); told: {stop['told']}.")
    return str(stop["id"])


def answered(fleet: Fleet, stop_id: str, wait: float, *, quiet: bool) -> Json:
    """The report, once everybody has answered or the time is over; each answer is printed as it comes."""
    deadline, seen = time.monotonic() + wait, set[str]()
    while True:
        report = fleet.get("stops", stop_id)
        for each in report["acknowledgements"]:
            if each["acknowledged_at"] is not None and each["agent_id"] not in seen:
                seen.add(each["agent_id"])
                if not quiet:
                    screen.say(line(each))
        if (report["whole"] and len(seen) == report["told"]) or time.monotonic() >= deadline:
            return report
        time.sleep(LOOK_EVERY)


def line(answer: Json) -> str:
    """Who has answered what, after how long."""
    sent, came = (datetime.fromisoformat(answer[name]) for name in ("sent_at", "acknowledged_at"))
    took = f"{(came - sent).total_seconds():.1f} s"
    word = SAID.get(answer["outcome"], answer["outcome"])
    taken = ", ".join(f"#{task['number']}" for task in answer["tasks"])
    return f"{plain.line(answer['agent_name'])}  {word} after {took}" + (f"; gave up {taken}" if taken else "")


def silent(answer: Json) -> str:
    """Who has not answered."""
    offline = " (offline)" if answer["connection"] == "offline" else ""
    return f"{plain.line(answer['agent_name'])}{offline}"


@click.command(cls=Command)
@click.argument("wanted", metavar="[AGENT]", required=False)
@reason_option
@json_option
@connected
def pause(fleet: Fleet, wanted: str | None, reason: str | None, as_json: bool) -> None:
    """Pause AGENT, or the whole fleet: no claims, no commands.

    Anybody who is at work goes on; `fleet stop-all` cancels that too.
    """
    if wanted is None:
        stop = fleet.post("stops", body={"kind": "pause", "reason": reason})
        say(stop, "The fleet is paused; `fleet resume` lets it go on.", as_json)
        return
    agent = finding.agent(fleet, wanted)
    paused = fleet.post("agents", agent["id"], "pause", body={"reason": reason})
    say(paused, f"{plain.line(paused['name'])} is paused.", as_json)


@click.command(cls=Command)
@click.argument("wanted", metavar="[AGENT]", required=False)
@json_option
@connected
def resume(fleet: Fleet, wanted: str | None, as_json: bool) -> None:
    """Let AGENT, or the whole fleet, go on.

    The fleet's resumption leaves agents held that were paused or stopped by themselves.
    """
    if wanted is None:
        ended = fleet.post("stops", "current", "resumption", body={})
        say(ended, "The fleet goes on.", as_json)
        return
    agent = finding.agent(fleet, wanted)
    say(fleet.delete("agents", agent["id"], "pause"), f"{plain.line(agent['name'])} goes on.", as_json)


def say(record: Json, sentence: str, as_json: bool) -> None:
    """Print what was done."""
    if as_json:
        screen.say_json(record)
    else:
        screen.say(sentence)
