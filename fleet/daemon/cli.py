"""`fleet-daemon`: the program on the host."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

from fleet.daemon import log, settings, standing
from fleet.daemon.errors import Trouble
from fleet.daemon.identity import Identity
from fleet.daemon.version import sha256, version

# The longest enrolment key that is read from anywhere (bytes).
KEY_FILE_MOST = 4096


def main(arguments: Optional[List[str]] = None) -> int:
    """The exit code: 0, or 1 with one sentence on stderr."""
    said = parser().parse_args(arguments)
    log.set_up()
    try:
        code: int = said.act(said)
    except Trouble as trouble:
        print(f"fleet-daemon: {trouble}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    return code


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(
        prog="fleet-daemon", description="Connects this host to a Fleet, and does what it says."
    )
    acts = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, act, what in (
        ("run", run, "connect, and go on until told to end"),
        ("status", status, "show whether this host is connected"),
        ("enrol", enrol, "make this host known to a Fleet"),
        ("version", show_version, "show version and SHA-256"),
    ):
        one = acts.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        one.set_defaults(act=act)
        if name != "version":
            one.add_argument("--config", type=Path, default=settings.FILE, help="the host's own file (%(default)s)")
        if name == "enrol":
            _enrolment_options(one)
    return top


def _enrolment_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--url", help="where the Fleet is, such as https://fleet.example.com")
    # Never the key itself: everybody on a machine sees what was typed.
    key = one.add_mutually_exclusive_group(required=True)
    key.add_argument("--key-stdin", action="store_true", help="read the enrolment key from standard input")
    key.add_argument("--key-file", type=Path, help="read the enrolment key from a file")
    one.add_argument("--state", help="the folder in which the daemon remembers")
    one.add_argument("--ca-file", help="trust these certificate authorities only")
    one.add_argument(
        "--plaintext", action="store_true", help="without TLS, also to other machines: everybody can listen"
    )
    one.add_argument("--again", action="store_true", help="although this host is enrolled: it becomes another agent")


def run(said: argparse.Namespace) -> int:
    """Until a signal ends it."""
    from fleet.daemon.running import run as begin

    return begin(settings.load(said.config))


def status(said: argparse.Namespace) -> int:
    """One screen; 0 while it is connected, else 1."""
    chosen = settings.load(said.config)
    try:
        return _show(chosen, Identity(chosen.state, chosen.key_file))
    except OSError as error:
        raise Trouble(f"{chosen.state} cannot be read: {error.strerror}. Run this as root or as its user.") from error


def _show(chosen: settings.Settings, identity: Identity) -> int:
    link = standing.read(chosen.state)
    running = _is_running(identity)
    online = running and bool(link.get("online"))
    rows = {
        "fleet": chosen.url,
        "agent": identity.agent_id() if identity.enrolled else "not enrolled: `fleet-daemon enrol`",
        "daemon": f"running, {version()}" if running else "not running",
        "link": _link(link, online) if running else "none",
        "session": identity.session or "none yet",
        "commands": ", ".join(standing.running_commands(chosen.state)) or "none is running",
    }
    for name, value in rows.items():
        print(f"{name:9} {value}")
    return 0 if online else 1


def _is_running(identity: Identity) -> bool:
    if not (identity.state / "daemon.lock").exists():
        return False
    lock = identity.claim()
    if lock is not None:
        os.close(lock)
    return lock is None


def _link(link: Dict[str, Any], online: bool) -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(link.get("since", 0)))
    if online:
        return f"connected since {since}{' by reports' if link.get('by') == 'reports' else ''}"
    return f"not connected: {link.get('why', 'it is being tried')} ({since})"


def enrol(said: argparse.Namespace) -> int:
    """With a key from standard input or a file, never from the command line."""
    from fleet.daemon.enrolment import enrol as begin

    typed = {"url": said.url, "state": said.state, "ca_file": said.ca_file, "plaintext": said.plaintext or None}
    chosen, agent_id = begin(
        said.config, {name: value for name, value in typed.items() if value}, _key(said), said.again
    )
    print(f"Enrolled at {chosen.url} as {agent_id}; settings in {said.config}.")
    return 0


def _key(said: argparse.Namespace) -> bytes:
    try:
        if said.key_stdin:
            return sys.stdin.buffer.read(KEY_FILE_MOST)
        with said.key_file.open("rb") as file:
            content: bytes = file.read(KEY_FILE_MOST)
            return content
    except OSError as error:
        raise Trouble(f"{said.key_file} cannot be read: {error.strerror}.") from error


def show_version(_: argparse.Namespace) -> int:
    """The file's hash too, which the server knows."""
    print(f"fleet-daemon {version()} {sha256() or '(not from one file)'}")
    return 0
