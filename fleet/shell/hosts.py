"""`fleet hosts`, `fleet exec`, `fleet deploy`: machines, what runs on them, and new ones."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import Any

import click

from fleet.client import Json, Refused, Unreachable
from fleet.client.output import Output
from fleet.shell import finding, plain, screen, words
from fleet.shell.command import FAILED, NOTHING, USAGE, Command, Failed, connected, json_option
from fleet.shell.fleet import Fleet
from fleet.shell.tables import Column, table

COLUMNS = (
    Column("STATE", colour=words.colour),
    Column("NAME", least=12),
    Column("HOSTNAME", least=8, rank=2),
    Column("ADDRESS", least=8, rank=3),
    Column("TAGS", least=6, rank=4),
    Column("SEEN", right=True, rank=1),
)
# What a shell says of a command that ran too long (coreutils' timeout), and of one that could not be run at all.
TIMED_OUT, NOT_RUN, CANCELED = 124, 125, 130
HELD = 50  # seconds of one call that waits


@click.command(cls=Command)
@click.argument("query", metavar="[WORDS]...", nargs=-1)
@click.option("--tag", help="Only those with this tag.")
@json_option
@connected
def hosts(fleet: Fleet, query: tuple[str, ...], tag: str | None, as_json: bool) -> None:
    """List the machines that carry Fleet's daemon."""
    rows = fleet.every("agents", kind="host", q=" ".join(query), tag=tag, sort="name")
    if as_json:
        screen.say_json(rows)
    elif rows:
        screen.say_all(table(COLUMNS, [row(each) for each in rows]))
    if not rows:
        raise Failed(
            "No host matches." if query or tag else "There are no hosts yet; `fleet deploy` adds one.", NOTHING
        )


def row(host: Json) -> list[object]:
    """A host's line."""
    state = "online" if host["connection"] == "online" else "offline"
    seen = words.age(host["last_seen_at"]) if host["last_seen_at"] else "never"
    return [state, host["name"], host["hostname"], host["machine_address"], " ".join(host["tags"]), seen]


@click.command("exec", cls=Command, context_settings={"allow_interspersed_args": False})
@click.argument("host")
@click.argument("command", nargs=-1, required=True)
@click.option(
    "--timeout", type=click.IntRange(1, 86_400), default=60, show_default=True, help="Seconds that it may run."
)
@click.option("--cwd", help="The folder that it runs in.")
@click.option("-e", "--env", multiple=True, metavar="NAME=VALUE", help="A variable of its environment.")
@click.option("--stdin", "with_input", is_flag=True, help="Give it what comes on standard input.")
@click.option("-d", "--detach", is_flag=True, help="Print the command's id and do not wait.")
@json_option
@connected
def exec_(fleet: Fleet, host: str, command: tuple[str, ...], as_json: bool, detach: bool, **given: Any) -> None:
    """Run a shell command on a host, and end as it ends.

    Its output is printed as it comes. Ctrl-C ends it there, too. Exit codes: the
    command's own; 128 and its number after a signal; 124 when it ran too long,
    125 when it could not be run or nobody can tell, 130 when it was canceled.
    """
    target = finding.host(fleet, host)
    sent = fleet.post("agents", target["id"], "commands", body={"type": "shell", "params": params(command, **given)})
    if detach:
        screen.say_json(sent) if as_json else screen.say(sent["id"])
        return
    if target["connection"] != "online":
        screen.note(f"{plain.line(target['name'])} is offline; the command waits for it.")
    try:
        ended = awaited(fleet, sent) if as_json else followed(fleet, sent)
    except KeyboardInterrupt:
        with suppress(Refused, Unreachable):
            fleet.delete("agents", target["id"], "commands", sent["id"])
        raise
    if as_json:
        screen.say_json(ended)
    raise click.exceptions.Exit(code_of(ended))


exec_.name = "exec"


def params(
    command: tuple[str, ...], timeout: int, cwd: str | None, env: tuple[str, ...], with_input: bool
) -> dict[str, Any]:
    """What the host is told; several words are joined as ssh joins them."""
    made: dict[str, Any] = {"command": " ".join(command), "timeout": timeout}
    if cwd:
        made["cwd"] = cwd
    variables = dict(each.partition("=")[::2] for each in env)
    if any("=" not in each for each in env):
        raise Failed("A variable is given as NAME=VALUE.", USAGE)
    if variables:
        made["env"] = variables
    if with_input:
        made["stdin"] = sys.stdin.read()
    return made


def awaited(fleet: Fleet, sent: Json) -> Json:
    """The command once it has ended."""
    while True:
        command = fleet.get("agents", sent["agent_id"], "commands", sent["id"], query=f"wait={HELD}", wait=HELD)
        if command["status"] == "completed":
            return command


def followed(fleet: Fleet, sent: Json) -> Json:
    """The command once it has ended; its output is printed meanwhile."""
    output = Output(fleet.transport.address, sent["agent_id"], sent["id"], on_cut=cut)
    for frame in output:
        if "text" in frame.data:
            to = sys.stderr if frame.data.get("stream") == "stderr" else sys.stdout
            to.write(frame.data["text"])
            to.flush()
        elif frame.data.get("notice"):
            screen.note(f"[{frame.data.get('length', 'some')} bytes are not kept]")
        elif "status" in frame.data:
            break
    return awaited(fleet, sent)


def cut(problem: Exception) -> None:
    """The connection broke; it goes on where it was."""
    screen.note(f"The connection is gone ({problem}); trying again.")


def code_of(ended: Json) -> int:
    """The exit code for how a command ended."""
    execution = ended["execution"]
    if ended["outcome"] == "timed_out":
        return TIMED_OUT
    if ended["outcome"] == "canceled":
        return CANCELED
    if execution["exit_code"] is not None:
        return int(execution["exit_code"])
    if execution["signal"] is not None:
        return 128 + number_of(execution["signal"])
    screen.note(f"The command has {ended['outcome']}: {execution['reason'] or 'no reason was given'}")
    return NOT_RUN


def number_of(name: str) -> int:
    """A signal's number; 0 for one that this system does not have."""
    return int(getattr(signal, name, 0))


@click.command(cls=Command)
@click.argument("host")
@click.option("-l", "--user", "ssh_user", required=True, help="The user of that machine; root, or one who may sudo.")
@click.option("-p", "--port", "ssh_port", type=click.IntRange(1, 65535), default=22, show_default=True)
@click.option("-i", "--key", "ssh_key", help="A private key of the server's (its setting ssh_key_dirs).")
@click.option("--label", help="The host's name in Fleet.")
@click.option("--host-key", help="The fingerprint of the machine's key, to say that it is the right one.")
@json_option
@connected
def deploy(fleet: Fleet, as_json: bool, **order: Any) -> None:
    """Make a machine a host: the server installs the daemon there over SSH."""
    body = {name: value for name, value in order.items() if value is not None}
    begun = fleet.post("deployments", body=body)
    step = ""
    while begun["state"] == "running":
        if begun["step"] != step:
            step = begun["step"]
            screen.note(f"{step} …")
        begun = fleet.get("deployments", begun["id"], query="wait=2", wait=2)
    if as_json:
        screen.say_json(begun)
    if begun["state"] != "succeeded":
        raise Failed(f"It failed at the step “{begun['step']}”.\n{begun['said']}", FAILED)
    if not as_json:
        screen.say(f"{plain.line(begun['label'])} is a host now: {begun['agent_id']}")
