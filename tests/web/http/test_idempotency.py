"""The same `Idempotency-Key` gets the same answer (contract I12)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.api import (
    JSON,
    eventually,
    everything,
    good,
    make_agent,
    make_task,
    read,
    refused,
    unique,
)
from tests.support.serving import Served, served
from tests.support.tokens import client, make_token

WRITES = (
    "agents",
    "heartbeat",
    "todos",
    "commands",
    "events",
    "answer",
    "tasks",
    "claim",
    "completion",
    "failure",
)


@pytest.fixture(scope="module")
def another(server: Served) -> Iterator[httpx.Client]:
    """A client with another credential."""
    with client(server, make_token(server, "operator").secret) as other:
        yield other


def write(api: httpx.Client, name: str) -> tuple[str, JSON]:
    """A path and a body whose repetition would be seen."""
    agent = make_agent(api, status="waiting_feedback", pending_question="Which?")
    mine = f"/v1/agents/{agent['id']}"
    if name in ("claim", "completion", "failure"):
        return ending(api, agent, name)
    return {
        "agents": ("/v1/agents", {"name": unique("agent"), "worktree": "/srv/app"}),
        "heartbeat": (
            "/v1/agents/heartbeat",
            {"hostname": unique(), "machine_address": "a", "repo_path": "/srv"},
        ),
        "todos": (f"{mine}/todos", {"text": "t"}),
        "commands": (f"{mine}/commands", {"content": "c"}),
        "events": (f"{mine}/events", {"type": "info", "message": "m"}),
        "answer": (f"{mine}/answer", {"content": "this one"}),
        "tasks": ("/v1/tasks", {"title": unique("task"), "description": "d"}),
    }[name]


def ending(api: httpx.Client, agent: JSON, name: str) -> tuple[str, JSON]:
    # A capability of its own keeps the queue's other tasks out of reach, and this one from others.
    for task in read(api, "/v1/tasks?status=pending&limit=1000")["tasks"]:
        api.delete(f"/v1/tasks/{task['id']}")
    task = make_task(api)
    if name == "claim":
        return "/v1/tasks/claim", {"agent_id": agent["id"]}
    taken = good(api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent["id"]}))
    return f"/v1/tasks/{task['id']}/{name}", {"fence": taken["lease"]["fence"]}


def keyed(api: httpx.Client, path: str, body: JSON, key: str) -> httpx.Response:
    return api.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("name", WRITES)
def test_a_write_under_the_same_key_is_answered_the_same_and_not_repeated(api: httpx.Client, name: str) -> None:
    path, body = write(api, name)
    key = unique("key")
    first = keyed(api, path, body, key)
    good(first, 200, 201)
    after = everything(api)

    second = keyed(api, path, body, key)

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert everything(api) == after


def test_the_same_key_with_another_body_is_refused(api: httpx.Client) -> None:
    path, body = write(api, "todos")
    key = unique("key")
    good(keyed(api, path, body, key))
    after = everything(api)

    refused(keyed(api, path, {"text": "another"}, key), 409, "IDEMPOTENCY_KEY_REUSED")

    assert everything(api) == after


def test_the_same_key_with_another_form_is_refused(api: httpx.Client) -> None:
    path, _ = write(api, "todos")
    headers = {"Idempotency-Key": unique("key")}
    good(api.post(path, data={"text": "one"}, headers=headers))

    refused(api.post(path, data={"text": "two"}, headers=headers), 409, "IDEMPOTENCY_KEY_REUSED")


def test_a_key_is_scoped_to_the_route_and_the_credential(api: httpx.Client, another: httpx.Client) -> None:
    path, body = write(api, "todos")
    key = unique("key")

    made = [
        good(keyed(api, path, body, key))["id"],
        good(keyed(another, path, body, key))["id"],
        good(keyed(api, write(api, "todos")[0], body, key))["id"],
    ]

    assert len(set(made)) == 3


def test_a_refused_write_may_be_repaired_under_its_key(api: httpx.Client) -> None:
    path, body = write(api, "todos")
    key = unique("key")

    refused(keyed(api, path, {"text": ""}, key), 400, "MISSING_TEXT")

    assert good(keyed(api, path, body, key), 201)["text"] == body["text"]


def test_a_claim_that_found_nothing_may_find_something_under_its_key(api: httpx.Client) -> None:
    path, body = write(api, "claim")
    good(api.post(path, json=body), 200)
    key = unique("key")
    assert keyed(api, path, body, key).status_code == 204

    task = make_task(api)

    assert good(keyed(api, path, body, key), 200)["task"]["id"] == task["id"]


@pytest.mark.parametrize("name", ["todos", "claim"])
def test_of_many_at_one_time_one_writes_and_all_get_its_answer(api: httpx.Client, name: str) -> None:
    path, body = write(api, name)
    key, before = unique("key"), len(read(api, "/v1/agents?limit=1000")["agents"])

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: keyed(api, path, body, key), range(10)))

    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    good(answers[0], 200, 201)
    if name == "todos":
        assert len(read(api, path)["todos"]) == 1
    assert len(read(api, "/v1/agents?limit=1000")["agents"]) == before


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_is_a_printable_word_of_at_most_255(api: httpx.Client, key: str) -> None:
    path, body = write(api, "todos")

    refused(keyed(api, path, body, key), 400, "INVALID_IDEMPOTENCY_KEY")

    assert read(api, path)["todos"] == []
    good(keyed(api, path, body, "x" * 255), 201)


def test_an_answer_survives_kill_9_and_a_restart(tmp_path: Path) -> None:
    with served(tmp_path) as server, client(server, server.token) as api:
        path, body = write(api, "todos")
        first = keyed(api, path, body, "key")
        server.kill()
        server.start()

        second = keyed(api, path, body, "key")

        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert len(read(api, path)["todos"]) == 1


def test_a_write_whose_answer_never_came_is_answered_after_kill_9_and_not_repeated(tmp_path: Path) -> None:
    with served(tmp_path) as server, client(server, server.token) as api:
        path, body = write(api, "commands")
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(attempt, server, path, body)
            eventually(lambda: written(server))
            server.kill()
            lost.result(60)
        server.start()

        answer = good(keyed(api, path, body, "key"), 201)

        assert read(api, path)["commands"] == [answer]


def attempt(server: Served, path: str, body: JSON) -> None:
    """Send a write and, whether an answer comes or the connection breaks, look at neither."""
    with client(server, server.token) as api:
        try:
            keyed(api, path, body, "key")
        except httpx.HTTPError:
            return


def written(server: Served) -> bool:
    time.sleep(0.001)
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True, timeout=10)) as database:
        return bool(database.execute("SELECT count(*) FROM commands").fetchone()[0])
