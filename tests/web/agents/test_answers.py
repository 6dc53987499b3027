"""Answering an agent's question, and setting its error aside."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, read, refused


@pytest.fixture
def asking(api: httpx.Client) -> JSON:
    """An agent that waits for an answer."""
    return make_agent(
        api, status="waiting_feedback", pending_question="Which DB?", question_options=["SQLite", "Postgres"]
    )


def answer(api: httpx.Client, agent: JSON, content: str, **more: str) -> httpx.Response:
    return api.post(f"/v1/agents/{agent['id']}/answer", json={"content": content} | more)


def commands(api: httpx.Client, agent: JSON) -> list[JSON]:
    found: list[JSON] = read(api, f"/v1/agents/{agent['id']}/commands")["commands"]
    return found


def test_an_answer_is_feedback_that_says_what_it_answers(api: httpx.Client, asking: JSON) -> None:
    command = good(answer(api, asking, "SQLite", question="Which DB?"), 201)

    assert (command["type"], command["content"]) == ("feedback", "SQLite")
    assert (command["answers"], command["status"]) == ("Which DB?", "sent")
    assert commands(api, asking) == [command]


def test_an_answered_question_is_taken_off_but_the_status_is_the_agents_own(api: httpx.Client, asking: JSON) -> None:
    good(answer(api, asking, "SQLite"))

    after = read(api, f"/v1/agents/{asking['id']}")
    assert (after["pending_question"], after["question_options"]) == (None, [])
    assert after["status"] == "waiting_feedback"
    assert [a["id"] for a in read(api, "/v1/agents?state=answered")["agents"]].count(asking["id"]) == 1


def test_an_answer_to_another_question_is_refused(api: httpx.Client, asking: JSON) -> None:
    good(api.patch(f"/v1/agents/{asking['id']}", json={"pending_question": "Drop the table?"}))

    error = refused(answer(api, asking, "yes", question="Which DB?"), 409, "QUESTION_CHANGED")

    assert error["details"]["question"] == "Drop the table?"
    assert commands(api, asking) == []


def test_one_of_many_answers_at_one_time_is_sent(api: httpx.Client, asking: JSON) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: answer(api, asking, f"answer {n}"), range(8)))

    statuses = sorted(each.status_code for each in answers)
    assert statuses == [201, *[409] * 7]
    [sent] = commands(api, asking)
    errors = [each.json()["error"] for each in answers if each.status_code == 409]
    assert {error["code"] for error in errors} == {"QUESTION_ANSWERED"}
    assert {error["message"].partition(". ")[0] for error in errors} == {f"Developer answered “{sent['content']}”"}


def test_nobody_answers_who_was_not_asked(api: httpx.Client, agent: JSON) -> None:
    refused(answer(api, agent, "yes"), 409, "NO_PENDING_QUESTION")
    refused(answer(api, {"id": "nope"}, "yes"), 404, "AGENT_NOT_FOUND")
    refused(answer(api, agent, "  "), 400, "MISSING_CONTENT")
    assert commands(api, agent) == []


def test_an_error_that_was_set_aside_needs_nobody_until_the_next_one(api: httpx.Client) -> None:
    agent = make_agent(api, status="error")
    needs = "/v1/agents?state=needs_you&limit=1000"
    assert agent["id"] in {a["id"] for a in read(api, needs)["agents"]}

    first = good(api.post(f"/v1/agents/{agent['id']}/dismissal"))
    assert good(api.post(f"/v1/agents/{agent['id']}/dismissal")) == first
    assert agent["id"] not in {a["id"] for a in read(api, needs)["agents"]}

    for status in ("active", "error"):
        good(api.patch(f"/v1/agents/{agent['id']}", json={"status": status}))
    assert agent["id"] in {a["id"] for a in read(api, needs)["agents"]}


def test_only_an_error_can_be_set_aside(api: httpx.Client, agent: JSON) -> None:
    refused(api.post(f"/v1/agents/{agent['id']}/dismissal"), 409, "NOT_IN_ERROR")
    refused(api.post("/v1/agents/nope/dismissal"), 404, "AGENT_NOT_FOUND")
