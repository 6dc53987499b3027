"""The script that makes a machine a host: in each shell, on bare and odd machines, twice, and away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import spare_machine
from tests.support.api import JSON, eventually, good, read, refused
from tests.support.company import Company
from tests.support.spare_machine import SpareMachine

pytestmark = pytest.mark.skipif(not spare_machine.can_have_one(), reason="needs root, namespaces and overlays")

SHELLS = {"sh": ("sh",), "bash": ("bash",), "dash": ("dash",), "ash": ("busybox", "ash")}
PLACES = ("/usr/local/lib/fleet-daemon", "/etc/fleet-daemon", "/var/lib/fleet-daemon", "/var/log/fleet-daemon.log")
SCRIPT = "/tmp/a folder/install it.sh"


@pytest.fixture
def machine(api: httpx.Client, tmp_path: Path) -> Iterator[SpareMachine]:
    with spare_machine.spare_machine(tmp_path) as spare:
        yield spare
    for host in read(api, "/v1/agents?kind=host")["agents"]:
        good(api.delete(f"/v1/agents/{host['id']}"), 204)


@pytest.fixture
def script(api: httpx.Client) -> str:
    key = good(api.post("/v1/enrolment-keys", json={}))["key"]
    return api.get("/api/agents/install-script", params={"key": key}).text


def install(machine: SpareMachine, script: str, *options: str, shell: str = "sh") -> str:
    """Run the script from a file; what it said."""
    machine.put(SCRIPT, script)
    done = machine.run(*SHELLS[shell], SCRIPT, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def the_host(api: httpx.Client) -> JSON:
    """The host that has connected; there is one only."""
    [host] = [each for each in read(api, "/v1/agents?kind=host")["agents"] if each["connection"] == "online"]
    return dict(host)


def said_there(api: httpx.Client, host: JSON, command: str) -> str:
    """What a command prints on the host."""
    body = {"type": "shell", "params": {"command": command}}
    sent = good(api.post(f"/api/agents/{host['id']}/commands", json=body))["command_id"]
    return str(read(api, f"/api/agents/{host['id']}/commands/{sent}?wait=30")["stdout"])


def processes(machine: SpareMachine) -> str:
    return machine.sh("ps -eo user:20,args | grep fleet-daemon.pyz | grep -v grep || true")


@pytest.mark.parametrize("shell", SHELLS)
def test_it_makes_a_machine_a_host_in_each_shell_and_takes_everything_away_again(
    api: httpx.Client, machine: SpareMachine, script: str, shell: str
) -> None:
    machine.put(SCRIPT, script)
    done = machine.run("sh", "-c", 'umask 077; exec "$@"', "sh", *SHELLS[shell], SCRIPT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "connected to" in done.stdout

    host = the_host(api)
    assert said_there(api, host, "id -un").strip() == "fleet-daemon"
    assert "adm" in said_there(api, host, "id -Gn").split()
    assert machine.sh("stat -c '%a %U' /var/lib/fleet-daemon /var/lib/fleet-daemon/key").split() == [
        "700",
        "fleet-daemon",
        "600",
        "fleet-daemon",
    ]
    assert "root" not in processes(machine)

    assert "taken away" in install(machine, script, "--uninstall", shell=shell)
    assert [place for place in PLACES if machine.holds(place)] == []
    assert eventually(lambda: processes(machine) == "")
    assert machine.run("id", "fleet-daemon").returncode != 0


def test_it_may_come_through_a_pipe_as_the_documents_write_it(machine: SpareMachine, script: str) -> None:
    done = machine.run("bash", stdin=script)

    assert (done.returncode, "connected to" in done.stdout) == (0, True), done.stderr


def test_run_again_it_keeps_the_identity_and_the_one_daemon(
    api: httpx.Client, machine: SpareMachine, script: str
) -> None:
    install(machine, script)
    host = the_host(api)
    before = len(processes(machine).splitlines())

    said = install(machine, script)

    assert "enrolled already; its identity stays" in said
    assert eventually(lambda: the_host(api))["id"] == host["id"]
    assert eventually(lambda: len(processes(machine).splitlines()) == before), "the one before has ended"


@pytest.mark.parametrize("kept", [0.001, 0.02, 0.3, 0.9, 0.9999])
def test_a_script_that_was_cut_does_nothing(machine: SpareMachine, script: str, kept: float) -> None:
    done = machine.run("bash", stdin=script[: int(len(script) * kept)])

    assert "putting the daemon" not in done.stdout
    assert [place for place in PLACES if machine.holds(place)] == []
    assert machine.run("id", "fleet-daemon").returncode != 0


def test_it_runs_as_a_person_with_their_files_when_it_is_told(
    api: httpx.Client, machine: SpareMachine, script: str
) -> None:
    machine.sh(
        "useradd --create-home ada && echo hers > /home/ada/note && chmod 600 /home/ada/note && chown ada /home/ada/note"
    )

    install(machine, script, "--as", "ada")

    host = the_host(api)
    assert said_there(api, host, "id -un; cat ~/note").split() == ["ada", "hers"]
    assert machine.run("id", "fleet-daemon").returncode != 0


def test_systemd_keeps_it_running_and_ends_no_command_with_it(machine: SpareMachine, script: str) -> None:
    machine.sh("mkdir -p /run/systemd/system")
    machine.fake("/usr/local/sbin/systemctl")

    said = install(machine, script)

    unit = machine.sh("cat /etc/systemd/system/fleet-daemon.service").splitlines()
    assert {"User=fleet-daemon", "KillMode=process", "Restart=always", "WantedBy=multi-user.target"} <= set(unit)
    assert machine.calls()[-3:] == [
        "systemctl daemon-reload",
        "systemctl enable fleet-daemon",
        "systemctl restart fleet-daemon",
    ]
    assert "installed, but not connected yet" in said, "no systemd has started it"
    install(machine, script, "--uninstall")
    assert "systemctl disable fleet-daemon" in machine.calls()
    assert not machine.holds("/etc/systemd/system/fleet-daemon.service")


def test_openrc_starts_it_where_there_is_no_systemd(machine: SpareMachine, script: str) -> None:
    machine.fake("/sbin/openrc-run")
    machine.fake("/sbin/rc-update")

    install(machine, script)

    assert machine.calls() == ["rc-update add fleet-daemon default", "openrc-run /etc/init.d/fleet-daemon restart"]
    assert 'command_user="fleet-daemon"' in machine.sh("cat /etc/init.d/fleet-daemon")


def test_selinux_is_told_of_what_was_made(machine: SpareMachine, script: str) -> None:
    machine.fake("/sbin/restorecon")

    install(machine, script)

    labelled = " ".join(machine.calls())
    assert [place for place in PLACES[:3] if place not in labelled] == []


def test_a_system_without_useradd_has_adduser_and_addgroup(machine: SpareMachine, script: str) -> None:
    machine.sh("mv /usr/sbin/useradd /root/; mv /usr/sbin/usermod /root/; rm -f /usr/sbin/adduser /usr/sbin/addgroup")
    machine.fake("/usr/sbin/adduser", "/root/useradd --system --home-dir /var/lib/fleet-daemon fleet-daemon")
    machine.fake("/usr/sbin/addgroup")

    said = install(machine, script)

    assert machine.calls()[0] == "adduser -S -D -H -h /var/lib/fleet-daemon -s /bin/sh fleet-daemon"
    assert "addgroup fleet-daemon adm" in machine.calls()
    assert "connected to" in said


def test_a_machine_without_python_is_told_what_it_lacks(machine: SpareMachine, script: str) -> None:
    machine.sh("rm -f /usr/bin/python3* /usr/local/bin/python3* /usr/libexec/platform-python")
    machine.put(SCRIPT, script)

    done = machine.run("sh", SCRIPT)

    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.9 or newer is needed" in done.stderr
    assert [place for place in PLACES if machine.holds(place)] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--as"], "--as needs the name of a user"),
        (["--as", "nobody-of-that-name"], "there is no user nobody-of-that-name"),
        (["--as=-x"], "-x is no user"),
        (["--ca-file", "a.pem"], "--ca-file needs a path that begins with /"),
        (["--purge"], "what is --purge?"),
    ],
)
def test_an_option_that_is_wrong_is_said_and_changes_nothing(
    machine: SpareMachine, script: str, options: list[str], sentence: str
) -> None:
    machine.put(SCRIPT, script)

    done = machine.run("sh", SCRIPT, *options)

    assert (done.returncode, sentence in done.stderr) == (1, True), done.stderr
    assert [place for place in PLACES if machine.holds(place)] == []


def test_whoever_is_not_root_is_told_so(machine: SpareMachine, script: str) -> None:
    machine.put(SCRIPT, script)

    done = machine.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", SCRIPT)

    assert (done.returncode, "this needs root" in done.stderr) == (1, True)


def test_a_key_that_is_wrong_or_used_answers_with_a_script_that_says_so(
    api: httpx.Client, machine: SpareMachine, script: str
) -> None:
    install(machine, script)
    used = script.partition("enrolment_key=")[2].split()[0]
    for key in (used, "fle_wrong"):
        answer = api.get("/api/agents/install-script", params={"key": key})
        assert answer.status_code == 401
        done = machine.run("sh", stdin=answer.text)
        assert (done.returncode, "has been used, has expired" in done.stderr) == (1, True)


def test_a_machine_of_another_fleet_is_left_to_it_unless_it_is_said(
    api: httpx.Client, machine: SpareMachine, script: str
) -> None:
    install(machine, script)
    host = the_host(api)
    url = script.partition("fleet_url=")[2].split()[0]
    machine.put(SCRIPT, script.replace(url, "http://127.0.0.1:9", 1))

    done = machine.run("sh", SCRIPT)

    assert (done.returncode, "enrolled at another Fleet" in done.stderr) == (1, True)
    assert eventually(lambda: the_host(api))["id"] == host["id"]


def test_an_agents_own_key_is_no_enrolment_key(firm: Company) -> None:
    made = good(firm.admin.post("/v1/agents", json={"name": "coder", "worktree": "/srv"}))
    key = good(firm.admin.post(f"/v1/agents/{made['id']}/keys", json={}))["key"]

    answer = firm.visitor().get("/api/agents/install-script", params={"key": key})

    refused(answer, 400, "AGENTS_OWN_KEY")
