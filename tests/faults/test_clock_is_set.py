"""A machine's clock that is set back by hours while Fleet serves: silence, leases and revocation go on (I5, I9, I10)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.database import query
from tests.support.serving import Served, served

pytestmark = pytest.mark.faults
SETTABLE = Path(__file__).parents[1] / "support" / "settable_machine.py"
PATIENCE = 20.0  # seconds; the hours that the clock is set back by are far beyond it


@dataclass
class Machine:
    """A machine whose clock can be set, with a Fleet on it."""

    server: Served
    clock: Path

    def set_back(self, hours: float) -> None:
        """Set the clock back, for every program."""
        self.clock.write_text(str(-3600 * hours))

    def fleet(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command on this machine and its database."""
        command = [*program(self.clock), *arguments, "-d", str(self.server.database)]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=self.server.folder)


def program(clock: Path) -> list[str]:
    return [sys.executable, str(SETTABLE), str(clock)]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A Fleet that hears whoever is silent for three seconds."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    with served(tmp_path, "--dev", program=program(clock), environment={"FLEET_HEARTBEAT_TTL": "3"}) as running:
        yield Machine(running, clock)


@pytest.fixture
def api(machine: Machine) -> Iterator[httpx.Client]:
    bearer = {"Authorization": f"Bearer {machine.server.token}"}
    with httpx.Client(base_url=machine.server.url, headers=bearer, timeout=30) as client:
        yield client


def eventually(seen: Callable[[], bool]) -> None:
    """Wait until `seen` is true; fails when it is not within seconds."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.1)


BEAT = {"hostname": "build-1", "machine_address": "10.0.0.7", "repo_path": "/src/app"}


def beat(api: httpx.Client) -> str:
    """A sign of life; the agent's id."""
    answer = api.post("/v1/agents/heartbeat", json=BEAT)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def claim(api: httpx.Client, agent_id: str) -> str:
    """Take a task for ten seconds; its id."""
    assert api.post("/v1/tasks", json={"title": "Tidy up", "description": "All of it"}).status_code == 201
    answer = api.post("/v1/tasks/claim", json={"agent_id": agent_id, "lease": 10})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["task"]["id"])


def connection(machine: Machine) -> str:
    return str(query(machine.server.database, "SELECT connection FROM agents")[0][0])


def status(api: httpx.Client, task_id: str) -> str:
    return str(api.get(f"/v1/tasks/{task_id}").json()["status"])


def test_silence_and_leases_end_though_the_clock_was_set_back(machine: Machine, api: httpx.Client) -> None:
    task_id = claim(api, beat(api))

    machine.set_back(3)

    eventually(lambda: connection(machine) == "offline")
    eventually(lambda: status(api, task_id) == "pending")
    assert "set back" in machine.server.log


def test_a_start_with_a_clock_that_was_set_back_waits_for_nothing_in_the_future(
    machine: Machine, api: httpx.Client
) -> None:
    task_id = claim(api, beat(api))
    assert machine.server.stop() == 0
    machine.set_back(3)

    machine.server.start()

    eventually(lambda: connection(machine) == "offline")
    eventually(lambda: status(api, task_id) == "pending")


def test_leases_and_presence_last_as_long_as_before_when_the_clock_is_set_forward(
    machine: Machine, api: httpx.Client
) -> None:
    task_id = claim(api, beat(api))

    machine.set_back(-3)
    eventually(lambda: "set forward" in machine.server.log)

    ended = query(machine.server.database, "SELECT ending FROM task_claims WHERE task_id = ?", task_id)
    assert [row["ending"] for row in ended] == [None]
    eventually(lambda: status(api, task_id) == "pending")


def test_a_token_that_is_revoked_works_no_longer_though_the_clock_was_set_back(machine: Machine) -> None:
    # What is revoked first is, by the clock, revoked last.
    secrets = [machine.fleet("token", "create", name, "--role", "viewer") for name in ("one", "two")]
    ids = [made.stderr.split("Token ")[1].split()[0] for made in secrets]
    machine.fleet("token", "revoke", ids[0])
    machine.set_back(3)
    bearer = {"Authorization": f"Bearer {secrets[1].stdout.strip()}"}
    with httpx.Client(base_url=machine.server.url, headers=bearer, timeout=30) as api:
        assert api.get("/v1/agents").status_code == 200

        machine.fleet("token", "revoke", ids[1])

        eventually(lambda: api.get("/v1/agents").status_code == 401)
