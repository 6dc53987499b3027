"""`fleet-daemon`, as a process: enrolled at a real Fleet, connected to it, and what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet.daemon import cli
from tests.support.api import good
from tests.support.daemon_program import CHECKOUT, KEY, PROGRAM, given, until
from tests.support.link_server import OWN, LinkServer, answer, welcome_and_stay
from tests.support.serving import Served, served
from tests.support.web_server import web_server

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "daemon.json"


@pytest.fixture
def start(config: Path, tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def make(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        log = (tmp_path / "log").open("a")
        running.append(
            subprocess.Popen(
                [*PROGRAM, *arguments, "--config", str(config)],
                stderr=log,
                env={**clean(), **environment},
                text=True,
            )
        )
        log.close()
        return running[-1]

    yield make
    for process in running:
        process.kill()
        process.wait()


def clean() -> dict[str, str]:
    without = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return {**without, "PYTHONPATH": str(CHECKOUT)}


def call(config: Path, *arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments, "--config", str(config)],
        input=key,
        capture_output=True,
        text=True,
        check=False,
        env=clean(),
        timeout=60,
    )


def enrol(config: Path, url: str, key: str, *more: str) -> subprocess.CompletedProcess[str]:
    state = str(config.parent.parent / "state")
    return call(config, "enrol", "--url", url, "--state", state, "--key-stdin", *more, key=f"{key}\n")


def enrolment_key(api: httpx.Client) -> str:
    return str(good(api.post("/v1/enrolment-keys", json={}))["key"])


def test_a_host_enrols_runs_and_is_online_until_it_is_stopped(
    server: Served, api: httpx.Client, config: Path, tmp_path: Path, start: Start
) -> None:
    key = enrolment_key(api)
    done = enrol(config, server.url, key)
    assert done.returncode == 0, done.stderr
    agent_id = re.search(r"agt_\w+", done.stdout)
    assert agent_id is not None
    state = tmp_path / "state"
    assert json.loads(config.read_text()) == {"url": server.url, "state": str(state)}
    assert {stat.S_IMODE((state / name).stat().st_mode) for name in ("key", "agent")} == {0o600}
    assert key not in done.stdout + done.stderr
    agent = good(api.get(f"/v1/agents/{agent_id[0]}"))
    assert (agent["kind"], agent["worktree"], agent["hostname"]) == ("host", "/", os.uname().nodename)

    process = start("run")
    until(lambda: good(api.get(f"/v1/agents/{agent_id[0]}"))["connection"] == "online")
    shown = until(lambda: (said := call(config, "status")).returncode == 0 and said.stdout)
    assert all(word in shown for word in (server.url, agent_id[0], "connected since", "none is running"))
    assert (state / "session").read_text().strip() in shown

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    shown = call(config, "status")
    assert (shown.returncode, "not running" in shown.stdout) == (1, True)
    assert (state / "key").read_text().strip() not in (tmp_path / "log").read_text() + shown.stdout


def enrolled(server: Served, api: httpx.Client, config: Path) -> str:
    """A host that has just enrolled; its agent's id."""
    done = enrol(config, server.url, enrolment_key(api))
    found = re.search(r"agt_\w+", done.stdout)
    assert found is not None, done.stderr
    return found[0]


def run_once(start: Start, state: Path) -> None:
    """From start to welcome to stop."""
    before = (state / "session").read_text() if (state / "session").exists() else None
    process = start("run")
    until(lambda: (state / "session").exists() and (state / "session").read_text() != before)
    process.terminate()
    process.wait(20)


def test_a_command_runs_on_the_host_and_goes_on_when_the_daemon_is_killed(
    server: Served, api: httpx.Client, config: Path, tmp_path: Path, start: Start
) -> None:
    agent_id = enrolled(server, api, config)
    process = start("run")
    until(lambda: good(api.get(f"/v1/agents/{agent_id}"))["connection"] == "online")
    gate = tmp_path / "gate"
    command = f"echo begun; until [ -e {gate} ]; do sleep 0.05; done; echo done"
    body = {"type": "shell", "params": {"command": command}}
    command_id = good(api.post(f"/v1/agents/{agent_id}/commands", json=body))["id"]

    def shown() -> Any:
        said = good(api.get(f"/v1/agents/{agent_id}/commands"))
        return next(one for one in said["commands"] if one["id"] == command_id)

    until(lambda: command_id in call(config, "status").stdout)
    process.kill()
    process.wait()
    start("run")
    until(lambda: call(config, "status").returncode == 0)
    gate.touch()
    until(lambda: shown()["status"] == "completed")

    assert shown()["outcome"] == "succeeded"
    until(lambda: not (tmp_path / "state" / "commands" / command_id).exists())


def test_a_cloned_disk_is_refused_says_so_and_enrols_anew(
    server: Served, api: httpx.Client, config: Path, tmp_path: Path, start: Start
) -> None:
    agent_id = enrolled(server, api, config)
    state, copy = tmp_path / "state", tmp_path / "copy"
    run_once(start, state)
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("wake"))
    for _ in range(2):
        run_once(start, state)
    config.write_text(json.dumps({"url": server.url, "state": str(copy)}))
    process = start("run")
    log = until(lambda: "cloned" in (said := (tmp_path / "log").read_text()) and said)
    process.terminate()
    process.wait(20)

    assert f"fleet-daemon enrol --again --url {server.url}" in log
    done = call(config, "enrol", "--key-stdin", "--again", key=enrolment_key(api))
    assert done.returncode == 0, done.stderr
    assert agent_id not in done.stdout
    run_once(start, copy)


def test_a_host_that_was_deleted_goes_quiet_and_says_what_to_do(
    server: Served, api: httpx.Client, config: Path, tmp_path: Path, start: Start
) -> None:
    agent_id = enrolled(server, api, config)
    process = start("run")
    until(lambda: good(api.get(f"/v1/agents/{agent_id}"))["connection"] == "online")
    good(api.delete(f"/v1/agents/{agent_id}"))
    log = until(lambda: "key of this host was ended" in (said := (tmp_path / "log").read_text()) and said)

    assert "Next try in 3" in log
    assert process.poll() is None


def test_a_server_that_is_killed_and_comes_back_has_its_host_again(
    config: Path, tmp_path: Path, start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        served(tmp_path_factory.mktemp("killed")) as own,
        httpx.Client(base_url=own.url, headers={"Authorization": f"Bearer {own.token}"}) as api,
    ):
        agent_id = enrolled(own, api, config)
        start("run")
        until(lambda: good(api.get(f"/v1/agents/{agent_id}"))["connection"] == "online")
        session = tmp_path / "state" / "session"
        until(session.exists)  # the server knows it first
        first = session.read_text()
        own.kill()
        own.start()
        until(lambda: session.read_text() != first)


def test_an_enrolled_host_stays_who_it_is_unless_it_is_told_to_become_another(
    server: Served, api: httpx.Client, config: Path, tmp_path: Path
) -> None:
    first = enrol(config, server.url, enrolment_key(api))
    state = tmp_path / "state"
    (state / "commands" / "cmd_1").mkdir(parents=True)
    (state / "journal").write_text("of before")
    (state / "session").write_text("of before")
    key = enrolment_key(api)
    refused = enrol(config, server.url, key)
    assert (refused.returncode, "--again" in refused.stderr) == (1, True)
    assert (state / "journal").exists()

    again = enrol(config, server.url, key, "--again")
    assert again.returncode == 0, again.stderr
    assert again.stdout != first.stdout
    assert not [name for name in ("journal", "session", "commands") if (state / name).exists()]


def test_a_key_that_is_no_good_says_where_there_is_another_one_and_leaves_nothing(
    server: Served, api: httpx.Client, config: Path, tmp_path: Path
) -> None:
    key = enrolment_key(api)
    assert enrol(config, server.url, key).returncode == 0
    (tmp_path / "state" / "key").unlink()
    done = enrol(config, server.url, key)

    assert done.returncode == 1
    assert "Add host" in done.stderr
    assert done.stderr.count("\n") == 1
    assert key not in done.stderr
    assert not (tmp_path / "state" / "key").exists()


def test_a_running_daemon_is_not_enrolled_anew_under_its_feet(config: Path, tmp_path: Path, start: Start) -> None:
    server = LinkServer(welcome_and_stay)
    given(config, tmp_path, server.url)
    start("run")
    until(lambda: server.lines)
    done = enrol(config, server.url, "fle_x", "--again")
    server.close()

    assert (done.returncode, "stop it first" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<p>a page</p>", "no Fleet"),
        (200, b'{"agent": {}}', "no Fleet"),
        (404, b"", "HTTP 404"),
        (429, b"", "Too many"),
        (503, b'{"error": {"message": "Busy."}}', "Busy"),
    ],
)
def test_what_is_no_fleet_or_says_no_is_told_in_one_sentence(
    config: Path, status: int, body: bytes, words: str
) -> None:
    with web_server(status, body) as url:
        done = enrol(config, url, "fle_" + "x" * 43)

    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_there_is_said_and_the_key_kept_out_of_it(config: Path) -> None:
    done = enrol(config, "http://127.0.0.1:1", "fle_" + "x" * 43)

    assert (done.returncode, "cannot be reached" in done.stderr) == (1, True)
    assert "xxx" not in done.stderr


def test_a_second_daemon_of_the_same_folder_does_not_begin(config: Path, tmp_path: Path, start: Start) -> None:
    server = LinkServer(welcome_and_stay)
    given(config, tmp_path, server.url)
    start("run")
    until(lambda: server.lines)
    second = call(config, "run")
    server.close()

    assert (second.returncode, "Another daemon" in second.stderr) == (1, True)
    assert len(server.lines) == 1


def test_neither_key_nor_proxy_password_is_in_the_log_whatever_goes_wrong(
    config: Path, tmp_path: Path, start: Start
) -> None:
    given(config, tmp_path, "https://fleet.test")
    proxies = [
        LinkServer(answer(407)),
        LinkServer(answer(502, b"me:pa55word " + KEY.encode())),
        LinkServer(lambda line: line.sock.close()),
    ]
    for proxy in proxies:
        process = start("run", HTTPS_PROXY=f"http://me:pa55word@127.0.0.1:{proxy.port}")
        until(lambda proxy=proxy: len(proxy.lines) >= 2)
        process.terminate()
        process.wait(20)
        proxy.close()
    start("run", HTTPS_PROXY="http://me:pa55word@:x")
    log = until(lambda: "HTTPS_PROXY is not" in (said := (tmp_path / "log").read_text()) and said)

    assert "proxy" in log
    assert "pa55word" not in log
    assert KEY not in log
    assert "Traceback" not in log
    assert "pa55word" not in (tmp_path / "state" / "link.json").read_text()


def test_under_systemd_each_line_says_how_grave_it_is(config: Path, tmp_path: Path, start: Start) -> None:
    server = LinkServer(answer(401, OWN))
    given(config, tmp_path, server.url)
    start("run", JOURNAL_STREAM="8:1")
    until(lambda: "does not know" in (tmp_path / "log").read_text())
    server.close()

    rows = (tmp_path / "log").read_text().splitlines()
    assert rows[0].startswith("<6>fleet-daemon ")
    assert rows[-1].startswith("<4>")


@pytest.mark.parametrize("said", ["{", '{"url": "http://fleet.example.com"}', '{"url": "https://f", "x": 1}'])
def test_settings_that_are_wrong_end_it_with_one_sentence(config: Path, said: str) -> None:
    config.parent.mkdir()
    config.write_text(said)
    done = call(config, "run")

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert str(config) in done.stderr


def test_no_key_can_be_typed_on_the_command_line(config: Path) -> None:
    done = call(config, "enrol", "--help")

    assert "--key-stdin" in done.stdout
    assert "--key " not in done.stdout


def test_status_for_somebody_who_may_not_look_says_who_may(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(config, tmp_path, "https://fleet.test")

    def denied(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", denied)
    code = cli.main(["status", "--config", str(config)])

    assert (code, "as root or as its user" in capsys.readouterr().err) == (1, True)
