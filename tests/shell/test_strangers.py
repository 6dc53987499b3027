"""Every command knows whether it speaks with a Fleet: no other server's 200 is taken for a thing that was done."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleet.cli import main
from fleet.shell.lazy import MODULES
from tests.support.certificate import make_certificate
from tests.support.serving import served
from tests.support.shell import Program
from tests.support.web_server import web_server

EVERY = (
    "agents",
    "agent agt_12",
    "tasks",
    "task 12",
    "task new Title",
    "task edit task_12 --title x",
    "task assign task_12 agt_12",
    "task retry task_12",
    "task delete task_12 --yes",
    "claim agt_12",
    "claim renew task_12 --fence 1",
    "claim release task_12 --fence 1",
    "claim complete task_12 --fence 1 done",
    "claim fail task_12 --fence 1 no",
    "tell agt_12 hello",
    "answer agt_12 yes",
    "report --status idle",
    "report --name x --worktree /x --status idle",
    "hosts",
    "exec agt_12 true",
    "exec --detach agt_12 true",
    "logs agt_12",
    "logs agt_12 /var/log/syslog --follow",
    "cp agt_12:/var/log/syslog -",
    "cp agt_12:/var/log/syslog /nowhere/here",
    "cp - agt_12:name",
    "deploy 192.0.2.1 --user root",
    "events",
    "events --follow",
    "stream",
    "stop agt_12",
    "stop-all",
    "pause",
    "login",
    "pause agt_12",
    "resume",
    "resume agt_12",
)
# Status, body, type of what other servers say to everything.
STRANGERS = {
    "page": (200, b"<html>", "text/html"),
    "nothing": (200, b"", "text/plain"),
    "json": (200, b'{"id": "x", "name": "x", "agents": [], "total": 0}', "application/json"),
    "no content": (204, b"", "text/plain"),
    "not found": (404, b"<html>", "text/html"),
    "not allowed": (405, b"", "text/plain"),
    "login": (401, b"", "text/plain"),
    "events": (200, b'data: {"event": "connected", "data": {}}\n\n', "text/event-stream"),
}


def run(url: str, words: str) -> Result:
    token = {} if words == "login" else {"FLEET_TOKEN": "x"}
    return CliRunner().invoke(main, words.split(), input="x", env={"FLEET_URL": url, **token}, catch_exceptions=False)


def test_every_command_is_tried() -> None:
    assert {words.split()[0] for words in EVERY} == set(MODULES)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_command_takes_another_server_for_a_fleet(stranger: str) -> None:
    status, body, kind = STRANGERS[stranger]
    with web_server(status, body, Content_Type=kind) as url:
        for words in EVERY:
            ended = run(url, words)
            assert ended.exit_code == 1, f"{words}: {ended.output}"
            assert f"{url} does not answer as a Fleet does (HTTP {status})" in ended.stderr, words
            assert ended.stdout == "", words


def test_where_a_redirect_leads_is_said() -> None:
    with web_server(308, Location="https://fleet.example.com/v1") as url:
        said = run(url, "agents").stderr
    assert "it leads to https://fleet.example.com/v1" in said


def test_http_where_https_is_spoken_is_said_and_so_is_the_other_way_round(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    with web_server(200, certificate=(certificate, key)) as secure:
        plain = secure.replace("https:", "http:")
        for words in ("agents", "stream"):
            ended = run(plain, words)
            assert (ended.exit_code, f"{plain} speaks https, not http: use {secure}" in ended.stderr) == (3, True), (
                words
            )
            assert "certificate that is not good" in run(secure, words).stderr
    with web_server(200) as plain:
        secure = plain.replace("http:", "https:")
        for words in ("agents", "stream"):
            ended = run(secure, words)
            assert (ended.exit_code, f"{secure} speaks http, not https: use {plain}" in ended.stderr) == (3, True), (
                words
            )


def test_a_fleet_that_speaks_https_says_so_too(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    with served(tmp_path, "--dev", "--tls-cert", str(certificate), "--tls-key", str(key)) as server:
        plain = server.url.replace("https:", "http:")
        assert f"use {server.url}" in run(plain, "agents").stderr
        program = Program(tmp_path, server.url, server.token)
        assert program.run("agents", SSL_CERT_FILE=str(certificate)).returncode in (0, 4), "by the name in it"
