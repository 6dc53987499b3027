"""With --json everything is JSON: results on standard output, errors on standard error, and nothing beside them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.api import make_agent, unique
from tests.support.serving import free_port
from tests.support.shell import Program


def error(fleet: Program, code: int, *words: str, **environment: str) -> Any:
    said = json.loads(fleet.fails(code, *words, "--json", **environment))
    assert set(said) == {"error"}
    assert {"code", "message"} <= set(said["error"]) <= {"code", "message", "details"}
    return said["error"]


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        ("agent nobody-is-called-so", 4, "AGENT_NOT_FOUND"),
        ("agent agt_nobody", 4, "AGENT_NOT_FOUND"),
        ("task 999999", 4, "TASK_NOT_FOUND"),
        ("tasks no-task-says-this", 4, "NOTHING_FOUND"),
        ("task edit task_1", 2, "WRONG_USAGE"),
        ("agents --state nonsense", 2, "WRONG_USAGE"),
        ("agents --no-such-option", 2, "WRONG_USAGE"),
        ("claim renew", 2, "WRONG_USAGE"),
        ("task new  ", 2, "WRONG_USAGE"),
    ],
)
def test_an_error_has_a_code_and_a_message(fleet: Program, words: str, exit_code: int, code: str) -> None:
    assert error(fleet, exit_code, *words.split())["code"] == code


def test_the_servers_own_word_and_details_are_kept(fleet: Program) -> None:
    said = error(fleet, 2, "task", "new", "x", "--label", "y" * 5000)
    assert said["code"] == "INVALID_LABELS"
    assert said["details"]["field"].startswith("labels")
    assert "(" not in said["message"]


def test_a_token_that_is_not_good_and_a_server_that_is_not_there_are_told_alike(fleet: Program) -> None:
    assert error(fleet, 5, "agents", FLEET_TOKEN="wrong")["code"] == "INVALID_TOKEN"
    assert error(fleet, 3, "agents", FLEET_URL=f"http://127.0.0.1:{free_port()}")["code"] == "UNREACHABLE"
    assert error(fleet, 2, "agents", FLEET_URL="ftp://x")["code"] == "WRONG_USAGE"


def test_several_that_fit_are_an_error_for_programs_too(fleet: Program, api: httpx.Client) -> None:
    name = unique("twin")
    for host in ("a", "b"):
        make_agent(api, name=name, worktree=f"/{host}")
    assert error(fleet, 2, "agent", name)["code"] == "AMBIGUOUS"


def test_what_is_said_for_people_beside_a_result_is_left_out(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api)
    said = error(fleet, 4, "tell", agent["id"], "hello", "--wait", "--timeout", "0.1")
    assert said["code"] == "NOTHING_FOUND"
