"""The hosts of the pictures: six machines whose daemons are connected, but for one that fell silent half an hour ago."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.support.api import good
from tests.support.daemons import Daemon, Host, enrol, linked

DAY = 86_400
GIB = 1 << 30
SILENT_FOR = timedelta(minutes=32)
TRAINING = "python train.py --epochs 40"
PRINTED = "Loading 1,284,112 examples from /srv/data/tickets.parquet\nModel: 110 M parameters, bf16\n" + "".join(
    f"Epoch {epoch:2d}/40 [{'#' * 24}] 100%  loss \x1b[1m{0.31 + 1.9 / (epoch + 1):.4f}\x1b[0m"
    f"  \x1b[32macc {0.93 - 0.5 / (epoch + 1):.3f}\x1b[0m\n"
    for epoch in range(1, 13)
)
WARNED = "\x1b[33mlearning rate lowered to 2.5e-05: no progress for 3 epochs\x1b[0m\n"
GOING_ON = f"Epoch 13/40 [{'#' * 10:<24}]  42%"


@dataclass(frozen=True)
class Machine:
    """A host of the pictures: shares in percent, `up` in seconds."""

    name: str
    os: str
    tags: tuple[str, ...]
    cpu: float
    memory: float
    disk: float
    up: int
    version: str = "0.1.0"
    runs: str = ""
    silent: bool = False

    @property
    def metrics(self) -> dict[str, Any]:
        """What its daemon says of it."""
        return {
            "cpu_percent": self.cpu,
            "mem_percent": self.memory,
            "disk_percent": self.disk,
            "uptime_s": self.up,
            "load": [round(self.cpu / 25, 2)] * 3,
            "disks": [{"mount": "/", "type": "ext4", "total": 458 * GIB, "used": int(4.58 * self.disk * GIB)}],
        }


MACHINES = (
    Machine("build-02", "Ubuntu 24.04", ("build", "docker"), 62, 71, 91, 41 * DAY),
    Machine("edge-03", "Alpine Linux 3.20", ("edge",), 9, 31, 58, 212 * DAY, version="0.0.9", silent=True),
    Machine("gpu-01", "Ubuntu 24.04", ("gpu", "h200"), 38, 54, 44, 12 * DAY, runs=TRAINING),
    Machine("web-01", "Debian 12", ("web", "docker"), 24, 47, 44, 88 * DAY, runs="apt-get upgrade --yes"),
    Machine("mac-mini-1", "macOS 15.2", ("ios",), 3, 22, 31, 6 * DAY),
    Machine("web-02", "Debian 12", ("web", "docker"), 6, 29, 37, 88 * DAY),
)


def make(api: httpx.Client, url: str) -> list[tuple[Host, str]]:
    """Enrol them, and let each one be connected once: the hosts, each with its session."""
    made = []
    for machine in MACHINES:
        host = enrol(api, machine.name, tags=list(machine.tags))
        with linked(url, host, **hello(machine)) as daemon:
            daemon.say("beat", metrics=machine.metrics)
            order(api, daemon, "uptime")  # when this is answered, the beat has been heard
            made.append((host, daemon.session))
    return made


def hello(machine: Machine) -> dict[str, Any]:
    """How its daemon introduces itself."""
    return {"os": machine.os, "version": machine.version, "ips": [f"10.0.4.{11 + MACHINES.index(machine)}"]}


def order(api: httpx.Client, daemon: Daemon, text: str) -> str:
    """A command that the daemon begins; its id."""
    body = {"type": "shell", "params": {"command": text, "timeout": 7200}}
    sent = str(good(api.post(f"/v1/agents/{daemon.host.id}/commands", json=body), 201)["id"])
    while daemon.hear()["type"] != "command":
        pass  # a page may watch, and ask for metrics
    for kind in ("accepted", "started"):
        daemon.say(kind, id=sent)
    if text == "uptime":
        daemon.end(sent)
    return sent


def age(database: Path) -> None:
    """Let the silent one have fallen silent, its last metrics being kept; the server must be down."""
    since = (datetime.now(UTC).replace(tzinfo=None) - SILENT_FOR).isoformat(" ", "microseconds")
    with closing(sqlite3.connect(database)) as connection, connection:
        for machine in MACHINES:
            if machine.silent:
                connection.execute(
                    "UPDATE agents SET connection = 'offline', connection_changed_at = ?, last_seen_at = ?"
                    " WHERE name = ? AND kind = 'host'",
                    (since, since, machine.name),
                )
                connection.execute(
                    "UPDATE hosts SET snapshot = ?, snapshot_at = ? WHERE agent_id = (SELECT id FROM agents"
                    " WHERE name = ? AND kind = 'host')",
                    (json.dumps(machine.metrics), since, machine.name),
                )


@contextmanager
def connected(api: httpx.Client, url: str, hosts: list[tuple[Host, str]]) -> Iterator[str]:
    """All but the silent one are there, and some are at work; gives the path of the command that prints."""
    path = ""
    with ExitStack() as stack:
        for machine, (host, session) in zip(MACHINES, hosts, strict=True):
            if machine.silent:
                continue
            daemon = stack.enter_context(linked(url, host, **hello(machine), session=session))
            daemon.say("beat", metrics=machine.metrics)
            if not machine.runs:
                continue
            command_id = order(api, daemon, machine.runs)
            if machine.runs == TRAINING:
                path = f"/hosts/{host.id}/commands/{command_id}"
                daemon.print(command_id, PRINTED.encode())
                daemon.print(command_id, WARNED.encode(), stream="stderr")
                daemon.print(command_id, GOING_ON.encode(), offset=len(PRINTED.encode()))
        yield path
