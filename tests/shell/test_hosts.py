"""`fleet hosts`, `fleet exec`, `fleet deploy`: machines from a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.daemons import Daemon, enrol, linked
from tests.support.serving import Served
from tests.support.shell import Program


@pytest.fixture
def daemon(server: Served, api: httpx.Client) -> Iterator[Daemon]:
    with linked(server.url, enrol(api)) as connected:
        yield connected


def test_hosts_are_listed_and_coding_agents_are_not(fleet: Program, api: httpx.Client, daemon: Daemon) -> None:
    api.post("/v1/agents", json={"name": "Reviewer", "worktree": "/srv"}).raise_for_status()

    said = fleet.says("hosts")

    assert daemon.host.name in said
    assert "online" in said
    assert "Reviewer" not in said
    assert daemon.host.id in {host["id"] for host in json.loads(fleet.says("hosts", "--json"))}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ({"state": "succeeded", "exit_code": 0}, 0),
        ({"state": "failed", "exit_code": 3}, 3),
        ({"state": "failed", "exit_code": None, "signal": "SIGKILL"}, 137),
        ({"state": "timed_out", "exit_code": None, "signal": "SIGTERM"}, 124),
        ({"state": "unknown", "exit_code": None, "reason": "the host went down while it ran"}, 125),
    ],
)
def test_exec_prints_what_comes_and_ends_as_the_command_ends(
    fleet: Program, daemon: Daemon, end: dict[str, object], code: int
) -> None:
    with fleet.running("exec", "--timeout", "30", "-e", "A=b", daemon.host.name, "echo", "hi") as process:
        command = daemon.begin()
        assert command["params"] == {"command": "echo hi", "timeout": 30, "env": {"A": "b"}}
        daemon.print(command["id"], b"hi\n")
        daemon.print(command["id"], b"oh\n", stream="stderr")
        daemon.end(command["id"], **({"stdout": 3, "stderr": 3} | end))
        out, err = process.communicate(timeout=40)

    assert (out, process.returncode) == ("hi\n", code)
    assert "oh\n" in err


def test_detached_it_prints_the_commands_id(fleet: Program, daemon: Daemon) -> None:
    said = fleet.says("exec", "-d", daemon.host.name, "true").strip()

    assert daemon.hear("command")["id"] == said


def test_a_variable_without_a_value_is_wrong_usage(fleet: Program, daemon: Daemon) -> None:
    assert "NAME=VALUE" in fleet.fails(2, "exec", "-e", "A", daemon.host.name, "true")


def test_a_coding_agent_of_that_name_is_no_host(fleet: Program, api: httpx.Client, daemon: Daemon) -> None:
    api.post("/v1/agents", json={"name": f"{daemon.host.name} reviewer", "worktree": "/srv"}).raise_for_status()

    assert fleet.says("exec", "-d", daemon.host.name, "true")
    assert "no host “reviewer”" in fleet.fails(4, "exec", "reviewer", "true")


def test_a_machine_that_shows_no_key_is_not_deployed_to(fleet: Program) -> None:
    assert "this machine itself" in fleet.fails(2, "deploy", "127.0.0.1", "-l", "root")
