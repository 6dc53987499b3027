"""The lines of an agent's list."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_todo, read, refused


def texts(api: httpx.Client, agent: JSON) -> list[str]:
    return [todo["text"] for todo in read(api, f"/v1/agents/{agent['id']}/todos")["todos"]]


def test_a_new_line_without_a_place_becomes_the_last(api: httpx.Client, agent: JSON) -> None:
    make_todo(api, agent["id"], text="second", order=7)
    assert make_todo(api, agent["id"], text="third")["order"] == 8
    make_todo(api, agent["id"], text="first", order=-1)

    assert texts(api, agent) == ["first", "second", "third"]


def test_a_line_moves_by_its_order(api: httpx.Client, agent: JSON) -> None:
    make_todo(api, agent["id"], text="a", order=1)
    moved = make_todo(api, agent["id"], text="b", order=2)

    good(api.patch(f"/v1/agents/{agent['id']}/todos/{moved['id']}", json={"order": 0}))

    assert texts(api, agent) == ["b", "a"]


def test_ticking_says_when_and_unticking_forgets_it(api: httpx.Client, agent: JSON) -> None:
    todo = make_todo(api, agent["id"])
    path = f"/v1/agents/{agent['id']}/todos/{todo['id']}"

    ticked = good(api.patch(path, json={"completed": True}))
    assert ticked["completed_at"].endswith("Z")
    assert good(api.patch(path, json={"completed": True})) == ticked
    assert good(api.patch(path, json={"completed": False}))["completed_at"] is None


def test_one_line_is_current_at_a_time(api: httpx.Client, agent: JSON) -> None:
    todos = [make_todo(api, agent["id"]) for _ in range(3)]
    for todo in todos:
        good(api.patch(f"/v1/agents/{agent['id']}/todos/{todo['id']}", json={"current": True}))

    found = read(api, f"/v1/agents/{agent['id']}/todos")["todos"]
    assert [todo["current"] for todo in found] == [False, False, True]


def test_a_deleted_line_is_gone(api: httpx.Client, agent: JSON) -> None:
    todo = make_todo(api, agent["id"])
    path = f"/v1/agents/{agent['id']}/todos/{todo['id']}"

    assert api.delete(path).status_code == 204
    refused(api.delete(path), 404, "TODO_NOT_FOUND")
    assert texts(api, agent) == []


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_line_is_found_under_its_own_agent_only(api: httpx.Client, agent: JSON, method: str) -> None:
    todo = make_todo(api, agent["id"], text="mine")
    other = make_agent(api)

    path = f"/v1/agents/{other['id']}/todos/{todo['id']}"
    refused(api.request(method, path, json={"text": "stolen"}), 404, "TODO_NOT_FOUND")
    refused(api.request(method, f"/v1/agents/nope/todos/{todo['id']}", json={}), 404, "AGENT_NOT_FOUND")
    assert texts(api, agent) == ["mine"]


@pytest.mark.parametrize("text", ["", " \t "])
def test_a_line_says_something(api: httpx.Client, agent: JSON, text: str) -> None:
    todo = make_todo(api, agent["id"])

    refused(api.post(f"/v1/agents/{agent['id']}/todos", json={"text": text}), 400, "MISSING_TEXT")
    path = f"/v1/agents/{agent['id']}/todos/{todo['id']}"
    refused(api.patch(path, json={"text": text}), 400, "MISSING_TEXT")
