"""A house with something of every noun in it, and every way into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from fleet.web.security import policy
from tests.support.api import (
    JSON,
    everything,
    good,
    make_agent,
    make_task,
    make_todo,
    post_event,
    read,
    send_command,
    unique,
)
from tests.support.serving import Served

SKIPPED = {"HEAD", "OPTIONS"}


@dataclass
class House:
    """A Fleet as it is really served, with a client for each kind of credential."""

    server: Served
    clients: dict[str, httpx.Client] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def furnish(api: httpx.Client) -> dict[str, str]:
    agent = make_agent(api, status="waiting_feedback", pending_question="Which?")["id"]
    return {
        "agent_id": agent,
        "todo_id": make_todo(api, agent)["id"],
        "command_id": send_command(api, agent)["id"],
        "task_id": make_task(api)["id"],
        "key_id": good(api.post(f"/v1/agents/{agent}/keys", json={}))["id"],
        "person_id": good(api.post("/v1/people", json={"email": "ada@example.net", "role": "viewer"}))["id"],
        "token_id": good(api.post("/v1/tokens", json={"name": "ci", "role": "viewer"}))["id"],
    }


def contents(api: httpx.Client, ids: dict[str, str]) -> JSON:
    """All that an administrator sees, aside from when each secret was used last."""
    found = everything(api) | read(api, "/v1/people") | read(api, "/v1/tokens")
    found |= read(api, f"/v1/agents/{ids['agent_id']}/keys") | read(api, "/v1/enrolment-keys")
    for secret in (*found["tokens"], *found["keys"]):
        del secret["last_used_at"]
    return found


def furnish_agent(api: httpx.Client) -> dict[str, str]:
    """An agent with one of everything, a claimed task among it."""
    identity = {"hostname": unique("host"), "machine_address": "10.0.0.7", "repo_path": "/srv/app"}
    agent = good(api.post("/v1/agents/heartbeat", json=identity))["id"]
    task = make_task(api)["id"]
    claim = good(api.post(f"/v1/tasks/{task}/claim", json={"agent_id": agent}))
    return identity | {
        "agent_id": agent,
        "todo_id": make_todo(api, agent)["id"],
        "command_id": send_command(api, agent)["id"],
        "event_id": post_event(api, agent)["id"],
        "key_id": good(api.post(f"/v1/agents/{agent}/keys", json={}))["id"],
        "task_id": task,
        "fence": str(claim["lease"]["fence"]),
    }


def new_key(api: httpx.Client, agent_id: str) -> str:
    """A key of the agent's own."""
    return str(good(api.post(f"/v1/agents/{agent_id}/keys", json={}))["key"])


def calls(rules: list[Rule], ids: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Method, path and least role of every way into the house; what `ids` leaves out is called `nope`."""
    for rule in rules:
        least = policy.required(rule.endpoint)
        assert least is not None, rule.endpoint
        values: dict[str, object] = {name: ids.get(name, "nope") for name in rule.arguments}
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                values[name] = min(converter.items)
            elif isinstance(converter, IntegerConverter):
                values[name] = 999_999
        _, path = rule.build(values) or ("", "")
        for method in sorted((rule.methods or set()) - SKIPPED):
            yield method, path, policy.least_role(least)


def status(api: httpx.Client, method: str, path: str, body: JSON | None = None) -> int:
    """The status of a call; a stream is not waited for."""
    with api.stream(method, path, json=body if method not in ("GET", "DELETE") else None) as answer:
        return answer.status_code
