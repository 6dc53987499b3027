"""A machine that starts by systemd is deployed to, used, restarted, installed on again, and left as it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.api import JSON, good, read
from tests.support.deploying import deploying
from tests.support.engine import Engine, engine
from tests.support.serving import Served
from tests.support.systemd_machine import USER, SystemdMachine, systemd_machine
from tests.support.tails import TailReader

UNIT = "fleet-daemon.service"
# Paths that are newer than the machine as it came, users, groups and processes; none of it by its own name.
TRACES = """
find / -xdev -newer /started -name 'fleet*' -not -path '/proc/*' -not -path '/sys/*'
grep -H '^fleet' /etc/passwd /etc/group /etc/shadow
grep -l 'fleet[-]daemon' /proc/[0-9]*/cmdline
systemctl list-unit-files --no-legend 'fleet*'
true
"""


@pytest.fixture(scope="module")
def docker() -> Iterator[Engine]:
    with engine() as made:
        yield made


@pytest.fixture(scope="module")
def machine(docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SystemdMachine]:
    with systemd_machine(docker, tmp_path_factory.mktemp("machine")) as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, machine: SystemdMachine) -> Iterator[Served]:
    with deploying(tmp_path_factory, machine.private_key) as running:
        yield running


@pytest.fixture(scope="module")
def host(server: Served, machine: SystemdMachine) -> str:
    """The machine, deployed to with its key confirmed as the page asks for it; its agent's id."""
    order = {
        "host": "127.0.0.1",
        "ssh_user": USER,
        "ssh_port": machine.port,
        "ssh_key": str(machine.private_key),
        "label": "db-01",
    }
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=200) as api:
        unknown = api.post("/api/agents/deploy", json=order).json()["error"]
        assert unknown["code"] == "HOST_KEY_UNKNOWN"
        confirmed = order | {"host_key": unknown["details"]["host_key"]}
        return str(good(api.post("/api/agents/deploy", json=confirmed))["agent_id"])


def run(api: httpx.Client, host: str, command: str) -> JSON:
    """A command on the host, to its end."""
    order = {"type": "shell", "params": {"command": command}}
    command_id = good(api.post(f"/api/agents/{host}/commands", json=order))["command_id"]
    return dict(read(api, f"/api/agents/{host}/commands/{command_id}?wait=50"))


def install(machine: SystemdMachine, api: httpx.Client, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The install script with a new key, run over SSH as docs/daemon.md says."""
    key = good(api.post("/v1/enrolment-keys", json={}))["key"]
    script = api.get("/api/agents/install-script", params={"key": key}).content
    known = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes")
    there = ("-i", str(machine.private_key), "-p", str(machine.port), f"{USER}@127.0.0.1")
    command = ["ssh", *known, *there, "sudo -n sh -s --", *arguments]
    return subprocess.run(command, input=script, capture_output=True, check=False, timeout=120)


def traces(machine: SystemdMachine) -> list[str]:
    """What there is of a daemon on a machine."""
    return machine.run("sh", "-c", TRACES).splitlines()


def test_the_daemon_is_a_unit_of_a_user_of_its_own_that_may_read_logs(
    host: str, machine: SystemdMachine, api: httpx.Client
) -> None:
    assert machine.run("systemctl", "is-active", UNIT) == machine.run("systemctl", "is-active", "ssh") == "active"
    assert machine.run("systemctl", "is-enabled", UNIT) == "enabled"
    ended = run(api, host, "id -un; id -Gn; cat /proc/1/comm")
    user, groups, first = ended["stdout"].splitlines()

    assert (ended["status"], user, first) == ("succeeded", "fleet-daemon", "systemd")
    assert {"systemd-journal", "adm"} <= set(groups.split())
    assert int(machine.run("id", "-u", "fleet-daemon")) < 1000


def test_the_journal_of_one_unit_is_followed(host: str, machine: SystemdMachine, server: Served) -> None:
    path = f"/api/agents/{host}/stream/logs?source=journald&unit=said.service&lines=10"
    machine.run("systemd-run", "--unit", "other", "--wait", "echo", "of another")
    machine.run("systemd-run", "--unit", "said", "--wait", "echo", "before it was followed")
    with TailReader(server, path=path, token=server.token) as reader:
        lines = [str(reader.data()["line"])]
        while "before it was followed" not in lines[-1]:
            lines.append(str(reader.data()["line"]))
        machine.run("systemd-run", "--unit", "said", "--wait", "echo", "while it was followed")
        while "while it was followed" not in lines[-1]:
            lines.append(str(reader.data()["line"]))
    assert not [line for line in lines if "of another" in line]


def test_a_restart_brings_the_same_host_back(host: str, machine: SystemdMachine, api: httpx.Client) -> None:
    machine.run("touch", "/run/before")
    machine.restart()
    ended = run(api, host, "ls /run/before; echo again")

    assert (ended["status"], ended["stdout"]) == ("succeeded", "again\n"), "it was not started anew"
    assert [one["id"] for one in read(api, "/v1/agents?kind=host")["agents"]] == [host]


def test_to_install_again_keeps_who_it_is(host: str, machine: SystemdMachine, api: httpx.Client) -> None:
    done = install(machine, api)
    assert done.returncode == 0, done.stderr.decode()
    assert b"its identity stays" in done.stdout
    assert [one["id"] for one in read(api, "/v1/agents?kind=host")["agents"]] == [host]
    assert run(api, host, "echo again")["stdout"] == "again\n"


def test_to_uninstall_leaves_nothing(docker: Engine, tmp_path: Path, api: httpx.Client) -> None:
    with systemd_machine(docker, tmp_path, "other") as machine:
        machine.run("touch", "/started")
        assert install(machine, api).returncode == 0
        assert machine.run("systemctl", "is-active", UNIT) == "active"
        assert traces(machine) != []

        done = install(machine, api, "--uninstall")
        assert done.returncode == 0, done.stderr.decode()
        assert traces(machine) == []
