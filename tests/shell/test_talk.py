"""`fleet tell` and `fleet answer`: talking with agents from a shell."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import eventually, good, make_agent, read
from tests.support.shell import Program


def commands(api: httpx.Client, agent_id: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = read(api, f"/v1/agents/{agent_id}/commands")["commands"]
    return found


def test_words_reach_the_agent_as_they_were_typed(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api)

    said = fleet.says("tell", agent["name"], "Mind", "the locks", "--type", "feedback")

    sent = commands(api, agent["id"])[0]
    assert (sent["content"], sent["type"]) == ("Mind the locks", "feedback")
    assert sent["id"] in said


def test_a_long_text_comes_from_standard_input(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api)
    fleet.says("tell", agent["id"], "-", stdin="one\ntwo\n")
    assert commands(api, agent["id"])[0]["content"] == "one\ntwo"


@pytest.mark.parametrize(("outcome", "code"), [("succeeded", 0), ("failed", 1)])
def test_with_wait_the_response_and_nothing_else_is_printed(
    fleet: Program, api: httpx.Client, outcome: str, code: int
) -> None:
    agent = make_agent(api)
    with fleet.running("tell", agent["id"], "Which branch?", "--type", "question", "--wait") as process:
        sent = eventually(lambda: commands(api, agent["id"]))[0]
        report = {"status": "completed", "response": "main\nand \x1b[1mdev", "outcome": outcome}
        good(api.patch(f"/v1/agents/{agent['id']}/commands/{sent['id']}", json=report))
        output, _ = process.communicate(timeout=30)
    assert (process.returncode, output) == (code, "main\nand ␛[1mdev\n")


def test_an_agent_that_says_nothing_is_not_waited_for_longer_than_told(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api)
    assert "not responded" in fleet.fails(4, "tell", agent["id"], "Hello", "--wait", "--timeout", "0.5")


def test_an_answer_answers_the_question_that_stands(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api, status="waiting_feedback", pending_question="Which database?")

    said = fleet.says("answer", agent["name"], "SQLite")

    sent = commands(api, agent["id"])[0]
    assert (sent["content"], sent["answers"]) == ("SQLite", "Which database?")
    assert "Which database?" in said


def test_nothing_to_answer_is_said_with_the_documented_code(fleet: Program, api: httpx.Client) -> None:
    assert "(NO_PENDING_QUESTION)" in fleet.fails(1, "answer", make_agent(api)["id"], "Yes")


def test_an_empty_text_is_wrong_usage(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api)
    assert "nothing to send" in fleet.fails(2, "tell", agent["id"], " ")
    assert commands(api, agent["id"]) == []
