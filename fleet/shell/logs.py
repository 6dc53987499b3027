"""`fleet logs`: what a host writes down, its journal or a file of it."""

from __future__ import annotations

import click

from fleet.client import Json
from fleet.client.log import Log
from fleet.shell import finding, plain, screen, words
from fleet.shell.command import NOTHING, USAGE, Command, Failed, connected, json_option
from fleet.shell.fleet import Fleet

LINES, LINES_MOST = 200, 10_000
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
NOTICES = {
    "rotated": "rotated: what comes now is in a new file",
    "truncated": "truncated: the file was emptied, and goes on from its beginning",
    "gap": "gap: lines are missing here",
}


@click.command(cls=Command)
@click.argument("host")
@click.argument("path", required=False)
@click.option("-u", "--unit", help="Of the journal only this systemd unit.")
@click.option(
    "-p",
    "--priority",
    type=click.Choice([*map(str, range(8)), *PRIORITIES]),
    metavar="LEVEL",
    help="Of the journal only what matters as much: emerg, alert, crit, err, warning, notice, info, debug, or 0 to 7.",
)
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0, LINES_MOST),
    default=LINES,
    show_default=True,
    help="At most so many of those that are there.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with those that come, until Ctrl-C.")
@json_option
@connected
def logs(
    fleet: Fleet,
    host: str,
    path: str | None,
    unit: str | None,
    priority: str | None,
    lines: int,
    follow: bool,
    as_json: bool,
) -> None:
    """Show a host's log: its journal, or the file at PATH.

    A file is named by its whole path, beneath a folder that the host's own
    file opens (/var/log). Control characters are shown as pictures. --json
    prints one object per line, with the very text. That a log was rotated or
    truncated, or that lines are missing, is said on standard error.
    """
    if path is not None and (unit or priority):
        raise Failed("A file has neither units nor priorities: give PATH, or --unit and --priority.", USAGE)
    source = {"source": "journald", "unit": unit, "priority": priority} if path is None else {"source": "file"}
    asked = {**source, "path": path, "lines": str(lines), "follow": str(follow).lower()}
    target = finding.host(fleet, host)
    if not printed(fleet, target["id"], {name: value for name, value in asked.items() if value is not None}, as_json):
        raise Failed("There is no such line.", NOTHING)


def printed(fleet: Fleet, agent_id: str, asked: dict[str, str], as_json: bool) -> int:
    """Print what comes, until the end if there is one; returns how many lines it were."""
    count = 0
    log = Log(fleet.transport.address, agent_id, asked, on_cut=cut, on_beat=screen.check_reader)
    for frame in log:
        if "line" in frame.data:
            count += 1
            say(frame.data, as_json)
        elif "notice" in frame.data:
            notice = str(frame.data["notice"])
            screen.warn(NOTICES.get(notice, plain.line(notice)))
        elif "end" in frame.data:
            break
    return count


def say(line: Json, as_json: bool) -> None:
    """Print a line, behind the time at which it was written where that is known."""
    if as_json:
        screen.say_json(line, indent=None)
        return
    text, at = plain.block(line["line"]), line.get("at")
    screen.say(text if at is None else f"{words.second(at)}  {text}")


def cut(problem: Exception) -> None:
    """The connection broke, to the server or from there to the host; it goes on where it was."""
    screen.warn(f"The connection broke ({plain.line(problem)}); trying again.")
