"""The demo's hosts, against a served Fleet: they live by the link's protocol, take commands, and say what they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import api
from tests.support.api import good
from tests.support.browser.roles import make_token
from tests.support.serving import Served, served

ROOT = Path(__file__).parents[2]
LONGEST = 60.0  # seconds
eventually = partial(api.eventually, patience=LONGEST)
HOSTS = {"web-01", "build-02", "gpu-01", "edge-03", "db-04"}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(scope="module")
def admin(fleet: Served) -> Iterator[httpx.Client]:
    bearer = {"Authorization": f"Bearer {make_token(fleet, 'Demo', 'admin')}"}
    with httpx.Client(base_url=fleet.url, headers=bearer, timeout=30) as client:
        yield client


def started(admin: httpx.Client, *options: str, token: str = "") -> subprocess.Popen[str]:
    token = token or admin.headers["Authorization"].removeprefix("Bearer ")
    return subprocess.Popen(
        [sys.executable, "-m", "fleet.demo", "--url", str(admin.base_url), "--token", token, "--agents", "3", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def demo(admin: httpx.Client) -> Iterator[subprocess.Popen[str]]:
    """A demo that runs; afterwards all of it is removed."""
    process = started(admin, "--speed", "10")
    yield process
    process.kill()
    process.communicate()
    said, _ = started(admin, "--remove").communicate(timeout=LONGEST)
    assert said.startswith("Removed "), said
    assert " 0 hosts" not in said
    assert hosts(admin) == {}


def hosts(admin: httpx.Client) -> dict[str, Json]:
    listed = good(admin.get("/v1/agents?kind=host&limit=100"))["agents"]
    return {each["name"]: each for each in listed}


def online(admin: httpx.Client, name: str) -> str:
    """The id of a host that is connected."""

    def there() -> str | None:
        host = hosts(admin).get(name, {})
        return str(host["id"]) if host.get("connection") == "online" else None

    return str(eventually(there))


def commands(admin: httpx.Client, host_id: str) -> list[Json]:
    listed: list[Json] = good(admin.get(f"/v1/agents/{host_id}/commands"))["commands"]
    return listed


def run(admin: httpx.Client, host_id: str, text: str) -> Json:
    """A command and what came of it."""
    body = {"type": "shell", "params": {"command": text}}
    sent = good(admin.post(f"/v1/agents/{host_id}/commands", json=body), 201)["id"]
    ended: Json = good(admin.get(f"/v1/agents/{host_id}/commands/{sent}?wait=30"))
    assert ended["status"] == "completed", ended
    found: Json = good(admin.get(f"/api/agents/{host_id}/commands/{sent}"))
    return found


@pytest.mark.usefixtures("demo")
def test_its_machines_differ_and_its_agents_work_on_them(admin: httpx.Client) -> None:
    known = eventually(lambda: (found := hosts(admin)).keys() == HOSTS and found)
    assert len({each["machine_address"] for each in known.values()}) == len(HOSTS)
    assert all("demo" in each["tags"] for each in known.values())
    for name in HOSTS:
        online(admin, name)
    published = {each["label"]: each for each in good(admin.get("/api/agents")) if each["label"] in HOSTS}
    assert len({each["os"] for each in published.values()}) >= 3
    assert published["edge-03"]["version"] != published["web-01"]["version"]

    place = f"/hosts/{known['web-01']['id']}/agents"
    eventually(lambda: "Code Reviewer" in admin.get(place, headers={"Accept": "text/html"}).text)


@pytest.mark.usefixtures("demo")
def test_there_is_a_command_in_each_state(admin: httpx.Client) -> None:
    def reached(name: str, state: str) -> bool:
        host = hosts(admin).get(name)
        return host is not None and state in {each["state"] for each in commands(admin, host["id"])}

    for name, state in (
        ("web-01", "succeeded"),
        ("build-02", "failed"),
        ("gpu-01", "running"),
        ("edge-03", "canceled"),
        ("db-04", "queued"),
    ):
        eventually(partial(reached, name, state))


@pytest.mark.usefixtures("demo")
def test_whatever_is_typed_gets_a_true_answer(admin: httpx.Client) -> None:
    host_id = online(admin, "web-01")
    answer = run(admin, host_id, "rm -rf /")
    assert (answer["status"], answer["exit_code"]) == ("failed", 126)
    assert "web-01 is a demo host" in answer["stderr"]
    assert "nothing was run" in answer["stderr"]
    known = run(admin, host_id, "systemctl status nginx --no-pager")
    assert (known["status"], known["exit_code"]) == ("succeeded", 0)
    assert "\x1b[32m" in known["stdout"]


@pytest.mark.usefixtures("demo")
def test_its_output_comes_while_it_runs(admin: httpx.Client) -> None:
    host_id = online(admin, "gpu-01")
    running = eventually(lambda: [each for each in commands(admin, host_id) if each["state"] == "running"])
    path = f"/api/agents/{host_id}/commands/{running[-1]['id']}"
    first = eventually(lambda: good(admin.get(path))["stdout"])
    eventually(lambda: len(good(admin.get(path))["stdout"]) > len(first))


@pytest.mark.usefixtures("demo")
def test_its_metrics_move_and_one_disk_is_full(admin: httpx.Client) -> None:
    def metrics(name: str) -> Json:
        seen: Json = eventually(lambda: good(admin.get(f"/api/agents/{hosts(admin)[name]['id']}"))["metrics"])
        return seen

    online(admin, "build-02")
    assert metrics("build-02")["disk_percent"] > 95
    first = metrics("web-01")
    # Somebody looks, so its daemon says more, and every few seconds.
    admin.get(f"/hosts/{hosts(admin)['web-01']['id']}", headers={"Accept": "text/html"})
    moved = eventually(lambda: (now := metrics("web-01"))["cpu_percent"] != first["cpu_percent"] and now)
    assert moved["processes"]
    assert moved["disks"]


@pytest.mark.usefixtures("demo")
def test_its_log_is_followed_and_other_files_are_not_there(admin: httpx.Client) -> None:
    host_id = online(admin, "web-01")
    path = f"/v1/agents/{host_id}/logs/stream"
    asked = {"source": "journald", "lines": "3", "follow": "false"}
    ended = [line for line in admin.get(path, params=asked).text.splitlines() if line.startswith("data:")]
    assert (len(ended), "end" in ended[-1]) == (4, True)
    with admin.stream("GET", path, params={"source": "journald", "unit": "nginx", "lines": "5"}) as answer:
        assert answer.status_code == 200
        lines = (line for line in answer.iter_lines() if line.startswith("data:"))
        assert all("nginx[" in next(lines) for _ in range(6)), "the last one is new"
    refused = admin.get(path, params={"source": "file", "path": "/var/log/secret.log"})
    assert refused.status_code == 404
    assert "demo host" in refused.text
    refused = admin.get(f"/api/agents/{host_id}/files", params={"path": "/var/log/syslog"})
    assert refused.status_code == 403
    assert "has no files" in refused.text


@pytest.mark.usefixtures("demo")
def test_one_goes_away_and_what_it_is_told_waits(admin: httpx.Client) -> None:
    host_id = eventually(lambda: hosts(admin).get("db-04", {}).get("id"))
    waiting = eventually(lambda: [each for each in commands(admin, host_id) if each["state"] == "queued"])
    assert "pg_dump" in waiting[0]["content"]


def test_hosts_are_left_out_where_the_token_may_not_add_them(fleet: Served, admin: httpx.Client) -> None:
    operator = make_token(fleet, "Operator", "operator")
    before = hosts(admin).keys()
    process = started(admin, "--duration", "1", "--seed", "9", token=operator)
    said, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0
    assert "only an administrator's token may add them" in said
    assert hosts(admin).keys() == before


def test_a_second_run_has_the_same_hosts_once(admin: httpx.Client) -> None:
    for _ in range(2):
        process = started(admin, "--duration", "2", "--seed", "8")
        said, _ = process.communicate(timeout=LONGEST)
        assert process.returncode == 0, said
        assert "ends, since" not in said
    listed = good(admin.get("/v1/agents?kind=host&limit=100"))["agents"]
    places = [(each["hostname"], each["machine_address"]) for each in listed]
    assert len(places) == len(set(places)) >= len(HOSTS)
