"""What tests make through the API, each for itself, and how they look at answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import httpx

JSON = dict[str, Any]
# Seconds after which something counts as never happening; generous, for slow machines.
PATIENCE = 30.0
_numbers = itertools.count(1)


def unique(word: str = "thing") -> str:
    """A name that nothing else in this run has."""
    return f"{word}-{next(_numbers)}"


def good(answer: httpx.Response, *statuses: int) -> Any:
    """The JSON of an answer that went well; fails with the answer's text."""
    wanted = statuses or (200, 201, 204)
    assert answer.status_code in wanted, f"{answer.status_code} {answer.text[:500]}"
    return answer.json() if answer.content else None


def refused(answer: httpx.Response, status: int, code: str | None = None) -> JSON:
    """The `error` of a refusal in document 1's shape; fails when it is anything else."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    error: JSON = body["error"]
    assert {"code", "message"} <= set(error) <= {"code", "message", "details"}
    assert error["code"]
    assert error["message"]
    assert code in (None, error["code"]), error
    return error


def make_agent(api: httpx.Client, **more: Any) -> JSON:
    """A new agent."""
    made: JSON = good(api.post("/v1/agents", json={"name": unique("agent"), "worktree": "/srv/app"} | more))
    return made


def make_todo(api: httpx.Client, agent_id: str, **more: Any) -> JSON:
    """A new line of an agent's list."""
    made: JSON = good(api.post(f"/v1/agents/{agent_id}/todos", json={"text": unique("todo")} | more))
    return made


def send_command(api: httpx.Client, agent_id: str, **more: Any) -> JSON:
    """A new command for an agent."""
    made: JSON = good(api.post(f"/v1/agents/{agent_id}/commands", json={"content": unique("do")} | more))
    return made


def post_event(api: httpx.Client, agent_id: str, **more: Any) -> JSON:
    """A new line of an agent's activity."""
    body = {"type": "info", "message": unique("line")} | more
    made: JSON = good(api.post(f"/v1/agents/{agent_id}/events", json=body))
    return made


def make_task(api: httpx.Client, **more: Any) -> JSON:
    """A new task."""
    made: JSON = good(api.post("/v1/tasks", json={"title": unique("task"), "description": "d"} | more))
    return made


def beat(api: httpx.Client, **more: Any) -> httpx.Response:
    """One heartbeat; of an identity of its own unless `more` says whose."""
    body = {"hostname": unique("host"), "machine_address": "10.0.0.7", "repo_path": "/srv/app"} | more
    return api.post("/v1/agents/heartbeat", json=body)


def read(api: httpx.Client, path: str) -> Any:
    """The JSON at a path that must be there."""
    return good(api.get(path), 200)


def eventually(seen: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `seen` returns once that is true; fails when it never is."""
    deadline = time.monotonic() + patience
    while not (found := seen()):
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.05)
    return found


def everything(api: httpx.Client) -> JSON:
    """All that the API shows, to be compared with itself later."""
    agents = read(api, "/v1/agents?limit=1000")
    seen: JSON = {
        "agents": agents,
        "tasks": read(api, "/v1/tasks?limit=1000"),
        "updates": read(api, "/v1/fleet/recent-updates?limit=1000"),
    }
    for agent in agents["agents"]:
        for nouns in ("todos", "commands", "events"):
            path = f"/v1/agents/{agent['id']}/{nouns}"
            seen[path] = read(api, path)
    for task in seen["tasks"]["tasks"]:
        path = f"/v1/tasks/{task['id']}/claims"
        seen[path] = read(api, path)
    return seen
