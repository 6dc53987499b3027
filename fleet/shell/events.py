"""`fleet events` and `fleet stream`: what happened, and what happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlencode

import click

from fleet.client import Frame, Json
from fleet.shell import finding, frames, screen
from fleet.shell.command import NOTHING, Command, Failed, connected, json_option
from fleet.shell.fleet import PAGE, Fleet


@click.command(cls=Command)
@click.argument("agent", required=False)
@click.option("--type", "kind", help="Only lines of this type.")
@click.option("-n", "count", type=click.IntRange(0, PAGE), default=20, show_default=True, help="At most so many.")
@click.option("-f", "--follow", is_flag=True, help="Go on with those that come.")
@json_option
@connected
def events(fleet: Fleet, agent: str | None, kind: str | None, count: int, follow: bool, as_json: bool) -> None:
    """Show activity, of AGENT or of all agents.

    The newest comes last. --json prints one object per line.
    """
    who = finding.agent(fleet, agent) if agent is not None else None
    names = Names(fleet, who)
    if follow:
        for event in followed(fleet, who, kind, count):
            say(event, names, as_json)
        return
    lines = newest(fleet, who, kind, count)
    for event in lines:
        say(event, names, as_json)
    if not lines:
        raise Failed("No activity matches.", NOTHING)


class Names(dict[str, str]):
    """Agents' names by their ids, looked up when one is not known yet."""

    def __init__(self, fleet: Fleet, only: Json | None) -> None:
        super().__init__({only["id"]: only["name"]} if only else {})
        self._fleet = fleet

    def name(self, agent_id: str) -> str:
        """The agent's name; its id once it is deleted."""
        if agent_id not in self:
            self.update({agent["id"]: agent["name"] for agent in self._fleet.every("agents")})
        return self.setdefault(agent_id, agent_id)


def say(event: Json, names: Names, as_json: bool) -> None:
    """Print a line of activity."""
    if as_json:
        screen.say_json(event, indent=None)
    else:
        screen.say(frames.event_line(event, names.name(event["agent_id"])))


def newest(fleet: Fleet, agent: Json | None, kind: str | None, count: int) -> list[Json]:
    """The last lines of activity that match, oldest first."""
    if count == 0:
        return []
    if agent is not None:
        query = urlencode({"limit": count} | ({"type": kind} if kind else {}))
        lines = fleet.get("agents", agent["id"], "events", query=query)["events"]
    else:
        # Of all agents, the server does not sort by type: the newest thousand are looked through.
        query = urlencode({"limit": PAGE if kind else count})
        lines = fleet.get("fleet", "recent-updates", query=query)["updates"]
    return [event for event in lines if kind in (None, event["type"])][:count][::-1]


def followed(fleet: Fleet, agent: Json | None, kind: str | None, count: int) -> Iterator[Json]:
    """The last lines, and then those that come; each is told once."""
    seen: set[str] = set()
    for frame in opened(fleet, everything=False, after=None):
        if frame.event in ("connected", "reset"):
            # Lines of before, or that were missed; what came since is both in the list and in the stream.
            for event in newest(fleet, agent, kind, PAGE if seen else count):
                if event["id"] not in seen:
                    seen.add(event["id"])
                    yield event
        elif frame.event == "agent_event_created" and frame.data["event"]["id"] not in seen:
            event = frame.data["event"]
            if kind in (None, event["type"]) and (agent is None or agent["id"] == event["agent_id"]):
                seen.add(event["id"])
                yield event


@click.command(cls=Command)
@click.option("--all", "everything", is_flag=True, help="Also what document 1 has no name for.")
@click.option("--after", metavar="CURSOR", help="Go on after this position: a line's first word.")
@json_option
@connected
def stream(fleet: Fleet, everything: bool, after: str | None, as_json: bool) -> None:
    """Follow what happens, one line for each change.

    After a cut it goes on where it was; a line `reset` says where that was not
    possible, so that everything has to be read anew.
    """
    for frame in opened(fleet, everything=everything, after=after):
        if as_json:
            screen.say_json(asdict(frame), indent=None)
        else:
            screen.say(frames.frame_line(frame))


def opened(fleet: Fleet, *, everything: bool, after: str | None) -> Iterator[Frame]:
    """The stream; says on standard error when it was cut, and ends when nobody reads any more."""
    return iter(
        fleet.stream(
            everything=everything,
            after=after,
            on_cut=lambda problem: screen.warn(f"The connection broke ({problem}); trying again."),
            on_beat=screen.check_reader,
        )
    )
