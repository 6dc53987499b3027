"""On a server's own machine commands find its first token by themselves; on another one `fleet login` keeps one."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.support.serving import Served
from tests.support.shell import Program


@pytest.fixture
def owner(server: Served) -> Program:
    """The program as whoever started the server has it, told no token."""
    return Program(server.folder, server.url)


def test_whoever_started_the_server_needs_no_token(owner: Program, server: Served) -> None:
    at = server.folder / ".config" / "fleet" / "tokens.json"

    assert stat.S_IMODE(at.stat().st_mode) == 0o600
    assert str(at) in server.log
    assert str(at) in owner.says("config")
    assert json.loads(owner.says("task", "new", "Typed as README says", "--json"))["number"]
    assert owner.run("demo", "--duration", "0.1", "--agents", "1", "--url", server.url).returncode == 0
    localhost = Program(server.folder, server.url.replace("127.0.0.1", "localhost"))
    assert localhost.run("tasks").returncode == 0


def test_nobody_waiting_is_no_error(owner: Program) -> None:
    ended = owner.run("agents", "--state", "needs_you")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "Nobody is waiting for you.\n")
    assert json.loads(owner.says("agents", "--state", "waiting_feedback", "--json")) == []


def test_a_login_keeps_a_token_that_is_good_and_no_other(server: Served, tmp_path: Path) -> None:
    elsewhere = Program(tmp_path, server.url)
    assert "fleet login" in elsewhere.fails(5, "tasks")
    refused = elsewhere.run("login", stdin="fla_wrong\n")
    assert (refused.returncode, "INVALID_TOKEN" in refused.stderr) == (5, True)
    assert elsewhere.run("login", stdin="").returncode == 2
    assert not (tmp_path / ".config").exists()

    said = elsewhere.says("login", stdin=f"{server.token}\n")
    assert str(tmp_path / ".config" / "fleet" / "tokens.json") in said
    assert server.token not in said
    assert elsewhere.run("tasks").returncode in (0, 4)
    assert elsewhere.fails(5, "tasks", FLEET_TOKEN="wrong"), "what is said counts before what is kept"
