"""Who reports: by host, address and repository (document 4), by name and worktree (document 1), or by id."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fleet.client import Json
from fleet.shell import finding
from fleet.shell.fleet import Fleet

# Sends an agent's report; gives the agent's record after it.
Send = Callable[[Json], Json]


@dataclass(frozen=True)
class Reporter:
    """An agent that reports about itself; `send({})` only says that it is alive."""

    send: Send


def by_heartbeat(fleet: Fleet, hostname: str | None, address: str | None, worktree: str | None) -> Reporter:
    """The agent of this repository on this host, made at its first report."""
    identity = {
        "hostname": hostname or socket.gethostname(),
        "machine_address": address or own_address(fleet),
        "repo_path": str(Path(worktree).resolve() if worktree else top_level(Path.cwd())),
    }
    return Reporter(lambda fields: fleet.post("agents", "heartbeat", body=identity | fields))


def by_name(fleet: Fleet, name: str, worktree: str) -> Reporter:
    """The agent with this name and worktree, made at its first report."""
    for agent in fleet.every("agents", q=name):
        if (agent["name"], agent["worktree"]) == (name, worktree):
            return by_id(fleet, agent["id"])
    created = fleet.post("agents", body={"name": name, "worktree": worktree})
    return by_id(fleet, created["id"])


def by_id(fleet: Fleet, wanted: str) -> Reporter:
    """An agent that is there already."""
    agent_id = finding.agent(fleet, wanted)["id"]
    return Reporter(
        lambda fields: fleet.patch("agents", agent_id, body=fields) if fields else fleet.get("agents", agent_id)
    )


def top_level(folder: Path) -> Path:
    """The git repository around a folder (a worktree has a file called .git), or the folder itself."""
    folder = folder.resolve()
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def own_address(fleet: Fleet) -> str:
    """This machine's address as seen from the server's side; nothing is sent for that."""
    server = fleet.transport.address
    with contextlib.suppress(OSError):
        family, kind, _, _, place = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(place)
            address = str(probe.getsockname()[0])
            # Loopback has two families; an agent is to have one identity.
            return "127.0.0.1" if address in ("::1", "::ffff:127.0.0.1") else address
    return "127.0.0.1"
