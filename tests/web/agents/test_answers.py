"""Answering an agent's question, and setting its error aside."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, read, refused
from tests.support.serving import Served
from tests.support.tokens import browser


@pytest.fixture
def asking(api: httpx.Client) -> JSON:
    """An agent that waits for an answer."""
    return make_agent(
        api, status="waiting_feedback", pending_question="Which DB?", question_options=["SQLite", "Postgres"]
    )


@pytest.fixture(scope="module")
def signed_in(server: Served) -> Iterator[httpx.Client]:
    """An administrator's browser."""
    with browser(server, server.token) as client:
        yield client


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


def take_back(api: httpx.Client, agent: JSON, **which: str) -> httpx.Response:
    return api.request("DELETE", f"/v1/agents/{agent['id']}/answer", json=which)


def test_an_answer_that_nobody_has_read_is_taken_back_and_the_question_is_open_as_it_was(
    api: httpx.Client, asking: JSON
) -> None:
    before = read(api, f"/v1/agents/{asking['id']}")
    sent = good(answer(api, asking, "SQLite"))

    taken = good(take_back(api, asking, command=sent["id"]), 200)

    assert (taken["id"], taken["status"], taken["outcome"]) == (sent["id"], "completed", "canceled")
    after = read(api, f"/v1/agents/{asking['id']}")
    for name in ("pending_question", "question_options", "status", "state", "needs_you", "state_since"):
        assert after[name] == before[name], name
    assert read(api, f"/v1/agents/{asking['id']}/commands?status=sent")["commands"] == []
    good(answer(api, asking, "Postgres", question="Which DB?"))
    assert [each["content"] for each in commands(api, asking) if each["status"] == "sent"] == ["Postgres"]


def test_waiting_without_a_question_comes_back_as_that(api: httpx.Client) -> None:
    agent = make_agent(api, status="waiting_feedback")
    good(answer(api, agent, "Go on"))
    good(take_back(api, agent), 200)

    after = read(api, f"/v1/agents/{agent['id']}")
    assert (after["needs_you"], after["pending_question"], after["question_options"]) == (True, None, [])


@pytest.mark.parametrize("how", ["fetched", "waited for", "acknowledged"])
def test_an_answer_that_was_read_stays(api: httpx.Client, asking: JSON, how: str) -> None:
    sent = good(answer(api, asking, "SQLite"))
    path = f"/v1/agents/{asking['id']}/commands"
    if how == "acknowledged":
        good(api.patch(f"{path}/{sent['id']}", json={"status": "acknowledged"}))
    else:
        [fetched] = read(api, f"{path}?status=sent{'&wait=5' if how == 'waited for' else ''}")["commands"]
        assert (fetched["id"], fetched["state"]) == (sent["id"], "delivered")

    for _ in range(2):
        error = refused(take_back(api, asking, command=sent["id"]), 409, "COMMAND_ALREADY_READ")
        assert "read it already" in error["message"]
    assert read(api, f"/v1/agents/{asking['id']}")["state"] == "answered"


def test_looking_at_the_conversation_is_no_reading(api: httpx.Client, asking: JSON, signed_in: httpx.Client) -> None:
    sent = good(answer(api, asking, "SQLite"))
    assert commands(api, asking)[0]["state"] == "queued"
    shown = signed_in.get(f"/agents/{asking['id']}/commands?status=sent", headers={"Accept": "application/json"})
    assert [each["state"] for each in shown.json()["commands"]] == ["queued"]

    good(take_back(api, asking, command=sent["id"]), 200)


def test_an_agent_that_went_on_by_itself_is_not_put_back(api: httpx.Client, asking: JSON) -> None:
    sent = good(answer(api, asking, "SQLite"))
    good(api.patch(f"/v1/agents/{asking['id']}", json={"pending_question": "And which port?"}))

    good(take_back(api, asking, command=sent["id"]), 200)

    assert read(api, f"/v1/agents/{asking['id']}")["pending_question"] == "And which port?"


def test_a_withdrawn_answer_opens_its_question_too(api: httpx.Client, asking: JSON) -> None:
    sent = good(answer(api, asking, "SQLite"))
    good(api.delete(f"/v1/agents/{asking['id']}/commands/{sent['id']}"), 200)

    assert read(api, f"/v1/agents/{asking['id']}")["pending_question"] == "Which DB?"


def test_without_an_answer_there_is_nothing_to_take_back(api: httpx.Client, agent: JSON) -> None:
    refused(take_back(api, agent), 409, "NOT_ANSWERED")
    refused(take_back(api, agent, command="cmd_none"), 404, "COMMAND_NOT_FOUND")
    refused(take_back(api, {"id": "nope"}), 404, "AGENT_NOT_FOUND")


def test_an_error_that_was_set_aside_is_taken_up_again(api: httpx.Client) -> None:
    agent = make_agent(api, status="error")
    path = f"/v1/agents/{agent['id']}"
    good(api.post(f"{path}/dismissal"))
    for _ in range(2):
        assert good(api.delete(f"{path}/dismissal"), 200)["needs_you"] is True
    good(api.patch(path, json={"status": "active"}))
    refused(api.delete(f"{path}/dismissal"), 409, "NOT_IN_ERROR")


def test_a_page_gets_what_to_put_in_the_answers_place(api: httpx.Client, asking: JSON, signed_in: httpx.Client) -> None:
    path, part = f"/agents/{asking['id']}/answer", {"HX-Request": "true"}
    sent = signed_in.post(path, data={"content": "<b>SQLite</b>"}, headers=part)
    assert sent.status_code == 200
    assert "“&lt;b&gt;SQLite&lt;/b&gt;”</bdi> sent" in sent.text
    assert 'name="_method" value="DELETE"' in sent.text

    page = signed_in.get(f"/agents/{asking['id']}")
    assert "Take back" in page.text, "without scripts it is a form"
    assert signed_in.post(path, data={"_method": "DELETE"}).status_code == 303
    assert read(api, f"/v1/agents/{asking['id']}")["pending_question"] == "Which DB?"
