"""A host in trouble: server, daemon and runners are killed, the wire is cut, and everything is told afterwards.

One round is a load of commands, a fault in the middle of it, and the wait until
every command that was acknowledged has ended. What each command prints is known,
and each says in a file that it has begun.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.api import JSON, good, read
from tests.support.daemon_program import CHECKOUT, PROGRAM
from tests.support.database import query
from tests.support.serving import Served

FAULTS = ("server killed", "daemon killed", "daemon stopped", "runner killed", "both killed")
COMMANDS = 12
PATIENCE = 90.0


@dataclass
class Trouble:
    """One Fleet and one host, for any number of rounds."""

    server: Served
    folder: Path
    random: random.Random
    way: str = ""  # the address by which the daemon reaches the server, where that is not the server's own
    program: tuple[str, ...] = PROGRAM
    host_id: str = ""
    process: subprocess.Popen[bytes] | None = None
    sent: dict[str, int] = field(default_factory=dict)  # each command and how many lines it prints
    killed_runners: set[str] = field(default_factory=set)

    @property
    def config(self) -> Path:
        """The daemon's own file."""
        return self.folder / "daemon.json"

    @property
    def state(self) -> Path:
        """What the daemon remembers."""
        return self.folder / "state"

    @property
    def starts(self) -> Path:
        """Where each command says that it has begun."""
        return self.folder / "starts"

    def client(self) -> httpx.Client:
        """A client of the server as it runs now."""
        headers = {"Authorization": f"Bearer {self.server.token}"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=60)

    def enrol(self) -> None:
        """Make the host known."""
        with self.client() as api:
            key = good(api.post("/v1/enrolment-keys", json={}))["key"]
        command = [
            "enrol",
            "--url",
            self.way or self.server.url,
            "--state",
            str(self.state),
            "--key-stdin",
            "--config",
            str(self.config),
        ]
        done = subprocess.run([*PROGRAM, *command], input=key, text=True, capture_output=True, check=True, env=clean())
        self.host_id = next(word for word in done.stdout.split() if word.startswith("agt_")).rstrip(";.")

    def start(self) -> None:
        """Start the daemon."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, "run", "--config", str(self.config)], stderr=log, stdout=log, env=clean()
            )

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the daemon alone; what it has started goes on."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def round(self) -> str:
        """One load with a fault in it; returns which."""
        fault = self.random.choice(FAULTS)
        with contextlib.suppress(httpx.HTTPError):
            self.send(self.random.randint(0, COMMANDS))
        time.sleep(self.random.uniform(0, 0.6))
        self.strike(fault)
        self.send(2)
        self.wait()
        return fault

    def send(self, count: int) -> None:
        """Queue commands: each says that it has begun, prints a known number of lines, and may take a moment."""
        with self.client() as api:
            for _ in range(count):
                lines, pause = self.random.choice([1, 100, 5000, 60_000]), self.random.choice([0, 0, 0.2, 1])
                text = f"echo $FLEET_COMMAND_ID >> {self.starts}; seq 1 {lines}; sleep {pause}; seq 1 {lines}"
                body = {"type": "shell", "params": {"command": text, "timeout": 60}}
                made = good(api.post(f"/v1/agents/{self.host_id}/commands", json=body), 201)
                self.sent[made["id"]] = lines

    def strike(self, fault: str) -> None:
        """Let it happen, and let everything be there again."""
        if fault in ("server killed", "both killed"):
            self.server.kill()
        if fault in ("daemon killed", "both killed"):
            self.kill()
        if fault == "daemon stopped":
            self.kill(signal.SIGTERM)
        if fault == "runner killed":
            self.kill_a_runner()
        time.sleep(self.random.uniform(0, 0.5))
        if fault in ("server killed", "both killed"):
            self.server.start()
        if self.process is None:
            self.start()

    def kill_a_runner(self) -> None:
        """One of those that hold a command's output now, if there are any."""
        running = [path.parent for path in (self.state / "commands").glob("*/begun")]
        self.random.shuffle(running)
        for folder in running:
            with contextlib.suppress(OSError, ValueError):
                pid = int((folder / "begun").read_text().split()[0])
                os.kill(pid, signal.SIGKILL)
                self.killed_runners.add(folder.name)
                return

    def wait(self) -> None:
        """Until every command has ended."""
        deadline = time.monotonic() + PATIENCE
        open_ones = set(self.sent)
        with self.client() as api:
            while open_ones:
                assert time.monotonic() < deadline, f"these never ended: {sorted(open_ones)}\n{self.log}"
                for command_id in sorted(open_ones):
                    if self.command(api, command_id)["outcome"] is not None:
                        open_ones.discard(command_id)
                time.sleep(0.1)

    @property
    def log(self) -> str:
        """The last that the daemon has said."""
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def command(self, api: httpx.Client, command_id: str) -> JSON:
        """A command as it is now."""
        return dict(read(api, f"/v1/agents/{self.host_id}/commands/{command_id}"))

    def check(self) -> None:
        """Nothing that was acknowledged is lost, nothing was done twice, and what is stored is what was printed."""
        begun = self.starts.read_text().split() if self.starts.exists() else []
        assert len(begun) == len(set(begun)), "a command was started twice"
        with self.client() as api:
            for command_id, lines in self.sent.items():
                ended = self.command(api, command_id)
                if command_id in self.killed_runners and ended["outcome"] == "failed":
                    assert "runner" in ended["execution"]["reason"]
                    continue
                assert ended["outcome"] == "succeeded", (command_id, ended)
                assert command_id in begun
                assert self.output(command_id) == printed(lines) * 2, f"{command_id}: other bytes than were printed"
        self.check_nothing_is_left()
        self.sent.clear()

    def output(self, command_id: str) -> bytes:
        """The bytes of stdout that the server keeps."""
        rows = query(
            self.server.database,
            "SELECT offset, bytes FROM outputs WHERE stream = 1 AND command_seq ="
            f" (SELECT seq FROM commands WHERE id = '{command_id}') ORDER BY offset",
        )
        place, found = 0, b""
        for offset, data in rows:
            assert offset == place, f"{command_id}: a gap at {place}"
            found += data
            place += len(data)
        return found

    def check_nothing_is_left(self) -> None:
        """No process of a command, and no file of one, once the server has its end."""
        deadline = time.monotonic() + 20
        while left := [path.name for path in (self.state / "commands").iterdir()] + processes(set(self.sent)):
            assert time.monotonic() < deadline, f"left behind: {left}"
            time.sleep(0.1)


def printed(lines: int) -> bytes:
    """What `seq 1 lines` prints."""
    return b"".join(b"%d\n" % number for number in range(1, lines + 1))


def processes(commands: set[str]) -> list[str]:
    """Processes that carry the id of one of these commands."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            variables = dict(each.partition(b"=")[::2] for each in path.read_bytes().split(b"\0"))
            if variables.get(b"FLEET_COMMAND_ID", b"").decode() in commands:
                found.append(path.parent.name)
    return found


def clean() -> dict[str, Any]:
    """The environment without anything of Fleet's or of proxies."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**kept, "PYTHONPATH": str(CHECKOUT)}
