"""A Fleet to measure: served as for real (no --dev), with an operator's token and as many agents as wanted."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.serving import Served, served

PROGRAM = (sys.executable, "-m", "fleet")
# How a hundred agents are spread over the states, in the order of their numbers.
STATUSES = ("active",) * 60 + ("idle",) * 28 + ("finished",) * 10 + ("warning", "waiting_feedback")
TASKS = (
    "Move the billing client to version 3",
    "Find out why the nightly build fails",
    "Write the migration's tests",
)


@dataclass
class Api:
    """A client of /v1 that keeps a connection for each of its threads."""

    port: int
    token: str
    _own: threading.local = field(default_factory=threading.local)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call; raises RuntimeError for an answer that is an error."""
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None


@dataclass(frozen=True)
class Fleet:
    """A running Fleet, how to get in, and its agents' ids."""

    server: Served
    api: Api
    agents: list[str]

    @property
    def pids(self) -> list[int]:
        """The process that serves: the parent does nothing but watch it."""
        return children(self.server.process.pid if self.server.process else 0)

    def ids_file(self) -> Path:
        """The ids, one a line, for wrk's scripts."""
        path = self.server.folder / "ids"
        path.write_text("".join(f"{agent_id}\n" for agent_id in self.agents))
        return path


@contextlib.contextmanager
def fleet(agents: int, program: Sequence[str] = PROGRAM) -> Iterator[Fleet]:
    """Serve with so many agents from a folder of its own; gone afterwards. `program` may be another build's."""
    with (
        tempfile.TemporaryDirectory(prefix="fleet-bench-") as folder,
        served(Path(folder), "--log-level", "warn", program=program) as server,
    ):
        api = Api(server.port, operator(server))
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda number: add(api, number), range(agents)))
        yield Fleet(server, api, ids)


def add(api: Api, number: int) -> str:
    """Make one agent that looks like a real one; returns its id."""
    status = STATUSES[number % len(STATUSES)]
    body: dict[str, Any] = {
        "name": f"Worker {number:04}",
        "worktree": f"/srv/trees/payments-{number % 40}",
        "status": status,
        "hostname": f"host-{number % 25:02}",
        "current_task": TASKS[number % len(TASKS)],
        "progress": number % 101,
        "files_changed": number % 17,
        "lines_added": number % 900,
        "lines_removed": number % 300,
    }
    if status == "waiting_feedback":
        body["pending_question"] = "May I drop the old column?\nNothing has read it for two releases."
    agent_id = str(api.call("POST", "/v1/agents", body)["id"])
    api.call("POST", f"/v1/agents/{agent_id}/events", {"type": "info", "message": f"Ran {number % 90} tests"})
    return agent_id


def operator(server: Served) -> str:
    """A token such as an agent has."""
    return token(server, "operator")


def token(server: Served, role: str) -> str:
    """A new token of that role."""
    command = [*server.program, "token", "create", f"bench {role}", "--role", role]
    command += ["-d", str(server.database)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, cwd=server.folder)
    return done.stdout.strip()


def children(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    with contextlib.suppress(OSError):
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def cpu_seconds(pids: Sequence[int]) -> float:
    """The processor time that these processes have used so far: steadier than rates on a busy machine."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
