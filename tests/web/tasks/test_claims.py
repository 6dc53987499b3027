"""Claiming work: which task, for whom alone, for how long a wait."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, refused
from tests.support.serving import Served


@pytest.fixture(autouse=True)
def _empty_queue(api: httpx.Client) -> None:
    for task in read(api, "/v1/tasks?limit=1000")["tasks"]:
        api.delete(f"/v1/tasks/{task['id']}")


def claim(api: httpx.Client, agent: JSON, **more: object) -> httpx.Response:
    return api.post("/v1/tasks/claim", json={"agent_id": agent["id"]} | more)


def claimed(api: httpx.Client, agent: JSON) -> JSON:
    taken: JSON = good(claim(api, agent), 200)["task"]
    return taken


def test_a_claim_gives_the_task_to_its_agent_under_a_lease(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api)

    taken = good(claim(api, agent), 200)

    assert set(taken) == {"task", "lease"}
    assert (taken["task"]["id"], taken["task"]["status"]) == (task["id"], "in_progress")
    assert taken["task"]["assigned_agent_id"] == agent["id"]
    assert taken["lease"] == {"fence": 1, "expires_at": taken["task"]["lease_expires_at"]}
    assert read(api, f"/v1/tasks/{task['id']}") == taken["task"]


def test_a_claim_takes_the_highest_priority_then_the_oldest(api: httpx.Client, agent: JSON) -> None:
    made = {
        name: make_task(api, priority=priority)["id"]
        for name, priority in [
            ("low", "low"),
            ("high 1", "high"),
            ("medium", "medium"),
            ("high 2", "high"),
            ("urgent", "urgent"),
        ]
    }

    taken = [claimed(api, agent)["id"] for _ in made]

    assert taken == [made[name] for name in ("urgent", "high 1", "high 2", "medium", "low")]


def test_thirty_claimers_at_one_time_get_ten_tasks_each_once(api: httpx.Client) -> None:
    agents = [make_agent(api) for _ in range(30)]
    tasks = {make_task(api)["id"] for _ in range(10)}

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda agent: claim(api, agent), agents))

    taken = [answer.json()["task"] for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [204] * 20
    assert {task["id"] for task in taken} == tasks
    assert len({task["assigned_agent_id"] for task in taken}) == 10


def test_thirty_claimers_of_one_task_get_one_claim(api: httpx.Client) -> None:
    agents, task = [make_agent(api) for _ in range(30)], make_task(api)
    path = f"/v1/tasks/{task['id']}/claim"

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda agent: api.post(path, json={"agent_id": agent["id"]}), agents))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 29
    (winner,) = [answer.json()["task"] for answer in answers if answer.status_code == 200]
    assert read(api, f"/v1/tasks/{task['id']}") == winner
    assert len(read(api, f"/v1/tasks/{task['id']}/claims")["claims"]) == 1


def test_a_claim_finds_only_what_the_agent_is_capable_of(api: httpx.Client) -> None:
    make_task(api, priority="urgent", required_capabilities=["gpu", "css"])
    css = make_task(api, priority="high", required_capabilities=["css"])
    plain = make_task(api, priority="low")
    agent = make_agent(api, capabilities=["css", "go"])

    assert [claimed(api, agent)["id"] for _ in range(2)] == [css["id"], plain["id"]]
    assert claim(api, agent).status_code == 204


def test_a_claim_finds_nothing_that_waits_for_another(api: httpx.Client, agent: JSON) -> None:
    first = make_task(api, priority="low")
    make_task(api, priority="urgent", depends_on=[first["id"]])

    taken = good(claim(api, agent), 200)
    assert taken["task"]["id"] == first["id"]
    assert claim(api, agent).status_code == 204

    fence = {"fence": taken["lease"]["fence"]}
    good(api.post(f"/v1/tasks/{first['id']}/completion", json=fence))
    assert claimed(api, agent)["priority"] == "urgent"


def test_what_was_assigned_is_found_by_its_agent_alone(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api, assigned_agent_id=agent["id"])
    other = make_agent(api)

    assert claim(api, other).status_code == 204
    assert claimed(api, agent)["id"] == task["id"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"required_capabilities": ["gpu"]}, "MISSING_CAPABILITY"),
        ({"depends_on": ["{first}"]}, "TASK_WAITS"),
        ({"assigned_agent_id": "{other}"}, "TASK_NOT_CLAIMABLE"),
    ],
)
def test_a_claim_of_one_task_says_why_it_cannot_be(api: httpx.Client, agent: JSON, more: JSON, code: str) -> None:
    ids = {"{first}": make_task(api)["id"], "{other}": make_agent(api)["id"]}
    task = make_task(api, **json.loads(replaced(json.dumps(more), ids)))

    refused(api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent["id"]}), 409, code)
    assert read(api, f"/v1/tasks/{task['id']}") == task


@pytest.mark.parametrize("lease", [9, 0, -1, 3601, 10**9, "60", 60.5, None])
def test_a_lease_is_a_number_of_seconds_from_ten_to_an_hour(api: httpx.Client, agent: JSON, lease: object) -> None:
    task = make_task(api)

    assert refused(claim(api, agent, lease=lease), 400, "INVALID_LEASE")["details"]["field"] == "lease"
    assert read(api, f"/v1/tasks/{task['id']}") == task


@pytest.mark.parametrize("wait", [-1, 56, "1", 0.5, None])
def test_a_wait_is_a_number_of_seconds_up_to_55(api: httpx.Client, agent: JSON, wait: object) -> None:
    make_task(api)

    refused(claim(api, agent, wait=wait), 400, "INVALID_WAIT")


def test_an_unknown_agent_is_given_nothing(api: httpx.Client) -> None:
    task = make_task(api)

    refused(claim(api, {"id": "nope"}), 404, "AGENT_NOT_FOUND")
    refused(api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": "nope"}), 404, "AGENT_NOT_FOUND")
    assert read(api, f"/v1/tasks/{task['id']}") == task


def test_a_waiting_claim_is_answered_when_a_task_comes(api: httpx.Client, agent: JSON) -> None:
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(claim, api, agent, wait=50)
        time.sleep(0.5)
        assert not poll.done()
        began = time.monotonic()
        task = make_task(api)
        taken = good(poll.result(60), 200)

    assert taken["task"]["id"] == task["id"]
    assert time.monotonic() - began < 25


def test_a_waiting_claim_is_answered_when_what_a_task_waited_for_is_done(api: httpx.Client, agent: JSON) -> None:
    first = make_task(api, required_capabilities=["gpu"])
    second = make_task(api, depends_on=[first["id"]])
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(claim, api, agent, wait=50)
        time.sleep(0.3)
        began = time.monotonic()
        good(api.patch(f"/v1/tasks/{first['id']}", json={"status": "completed"}))

        assert good(poll.result(60), 200)["task"]["id"] == second["id"]
    assert time.monotonic() - began < 25


def test_of_many_waiting_claims_one_is_answered_by_one_task(api: httpx.Client) -> None:
    agents = [make_agent(api) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        polls = [pool.submit(claim, api, agent, wait=4) for agent in agents]
        time.sleep(0.5)
        task = make_task(api)
        answers = [poll.result(60) for poll in polls]

    assert sorted(answer.status_code for answer in answers) == [200] + [204] * 7
    assert read(api, f"/v1/tasks/{task['id']}")["fence" if "fence" in task else "status"] == "in_progress"


def test_a_waiting_claim_that_finds_nothing_answers_204(api: httpx.Client, agent: JSON) -> None:
    began = time.monotonic()

    answer = claim(api, agent, wait=1)

    assert (answer.status_code, answer.content) == (204, b"")
    assert time.monotonic() - began >= 1


def test_a_caller_that_hung_up_is_given_no_task(api: httpx.Client, server: Served) -> None:
    gone, there = make_agent(api), make_agent(api)
    hang_up_while_waiting(server, gone)

    task = make_task(api)

    # Long enough for the server to give the task to nobody, were that what it does.
    time.sleep(1)
    assert read(api, f"/v1/tasks/{task['id']}")["status"] == "pending"
    assert claimed(api, there)["id"] == task["id"]


def hang_up_while_waiting(server: Served, agent: JSON) -> None:
    body = json.dumps({"agent_id": agent["id"], "wait": 50}).encode()
    head = (
        f"POST /v1/tasks/claim HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as caller:
        caller.sendall(head.encode() + body)
        time.sleep(0.7)


def replaced(text: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        text = text.replace(name, value)
    return text
