"""How commands end: errors in words, the documented exit codes, quiet where nobody listens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from fleet.shell.lazy import MODULES
from tests.support.api import make_agent, unique
from tests.support.scripted_server import Scripted
from tests.support.serving import Served, free_port
from tests.support.shell import Program


@pytest.mark.parametrize("command", sorted(MODULES))
def test_every_commands_help_tells_the_exit_codes(command: str, tmp_path: Path) -> None:
    said = Program(tmp_path).says(command, "--help")
    for words in ("0 done", "1 failed", "2 wrong usage", "3 the server", "4 nothing found", "5 not allowed"):
        assert words in said


@pytest.mark.parametrize("command", ["hosts", "exec", "logs", "cp", "deploy"])
def test_help_about_hosts_fits_a_narrow_terminal(command: str, tmp_path: Path) -> None:
    """click writes no narrower than 50 columns; the exit codes keep their two lines."""
    ended = Program(tmp_path).run(command, "--help", COLUMNS="40")
    text, _, _ = ended.stdout.partition("Exit codes: 0 done")
    assert all(len(line) <= 50 for line in text.splitlines())
    assert (ended.returncode, ended.stderr) == (0, "")


def test_help_loads_neither_flask_nor_sqlalchemy(tmp_path: Path) -> None:
    program = (
        "import sys; from fleet.cli import main; main(['agents', '--help'], standalone_mode=False);"
        "print({'flask', 'sqlalchemy', 'gevent', 'msgspec', 'fleet.demo'} & set(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=Program(tmp_path).environment,
    ).stdout
    assert said.endswith("set()\n")


def test_the_programs_help_lists_daily_work_first(tmp_path: Path) -> None:
    said = Program(tmp_path).says("--help")
    assert said.index("  agents ") < said.index("  serve ")


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert url in Program(tmp_path, url).fails(3, "agents")
    assert url in Program(tmp_path, url).fails(3, "stream")


def test_a_server_that_is_no_fleet_is_not_taken_for_one(tmp_path: Path) -> None:
    stranger = Scripted([b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"] * 2)
    try:
        program = Program(tmp_path, stranger.url)
        assert "does not answer as a Fleet does" in program.fails(1, "agents")
        assert stranger.url in program.fails(1, "agent", "agt_12")
    finally:
        stranger.close()


def test_a_wrong_address_is_wrong_usage(tmp_path: Path) -> None:
    for url in ("ftp://example.net", "http://", "http://x:y"):
        assert "not the address" in Program(tmp_path).fails(2, "agents", "--url", url)


@pytest.mark.parametrize(("token", "code"), [("", "MISSING_AUTH_TOKEN"), ("wrong", "INVALID_TOKEN")])
def test_a_token_that_is_not_good_is_not_allowed(fleet: Program, token: str, code: str) -> None:
    fleet.token = token
    for words in (["agents"], ["stream"], ["report", "--status", "idle"]):
        said = fleet.fails(5, *words)
        assert f"({code})" in said
        assert "FLEET_TOKEN" in said


def test_a_role_that_may_not_is_not_allowed(fleet: Program, server: Served) -> None:
    made = fleet.run("token", "create", "eyes", "--role", "viewer", "-d", str(server.database))
    fleet.token = made.stdout.strip()

    assert fleet.run("tasks").returncode == 4
    assert "(FORBIDDEN)" in fleet.fails(5, "task", "new", "Not mine to add")


def test_a_token_that_is_none_is_wrong_usage(fleet: Program) -> None:
    fleet.token = "\u00e4"
    assert "token" in fleet.fails(2, "agents")


def test_a_flag_wins_over_the_environment(fleet: Program, api: httpx.Client) -> None:
    make_agent(api)
    token, fleet.token = fleet.token, "wrong"
    assert fleet.says("agents", "--token", token)


def test_a_reader_who_has_seen_enough_is_no_error(fleet: Program, api: httpx.Client) -> None:
    make_agent(api)
    for words in ("agents --json", "agents", "events"):
        ended = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m fleet {words} | true; echo ${{PIPESTATUS[0]}}"],
            capture_output=True,
            text=True,
            check=True,
            cwd=fleet.folder,
            env=fleet.environment,
        )
        assert ended.stdout.strip() in ("0", "141", "4")
        assert ended.stderr.replace("Error: No activity matches.\n", "") == ""


def test_a_terminal_gets_colours_and_lines_that_fit_a_pipe_gets_neither(fleet: Program, api: httpx.Client) -> None:
    name = unique("long-name-of-an-agent")
    make_agent(api, name=name, status="error", current_task="A task whose title is longer than the terminal is wide")

    coloured = fleet.on_a_terminal("agents", name)
    without = fleet.on_a_terminal("agents", name, NO_COLOR="1")
    piped = fleet.says("agents", name)

    assert "\x1b[31m" in coloured
    assert "\x1b" not in without
    assert all(len(line) <= 60 for line in without.splitlines())
    assert "longer than the terminal is wide" in piped
    assert "\x1b" not in piped


def test_a_terminal_that_knows_few_characters_still_gets_its_lines(fleet: Program, api: httpx.Client) -> None:
    make_agent(api, name="日本 agent")
    ended = fleet.run("agents", "agent", PYTHONIOENCODING="latin-1")
    assert ended.returncode == 0
    assert "?? agent" in ended.stdout
