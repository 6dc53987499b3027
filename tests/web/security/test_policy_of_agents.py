"""What an agent's own key opens: every route, with things that are there, its own and another's (security.md 4, 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from werkzeug.routing import Rule

from fleet.web.security import policy
from tests.support.api import JSON, eventually, everything, good, make_task, read, refused, send_command
from tests.support.daemons import enrol
from tests.support.furnished_fleet import calls, furnish_agent, new_key, status
from tests.support.serving import Served, served
from tests.support.tokens import client, make_token

BEARER: Callable[[str], dict[str, str]] = lambda key: {"Authorization": f"Bearer {key}"}  # noqa: E731
HEADER: Callable[[str], dict[str, str]] = lambda key: {"X-Agent-Key": key}  # noqa: E731
WAYS = pytest.mark.parametrize("way", [BEARER, HEADER], ids=["bearer", "X-Agent-Key"])


@dataclass
class Pair:
    """A Fleet with two agents that have one of everything each."""

    server: Served
    admin: httpx.Client
    own: dict[str, str]
    foreign: dict[str, str]
    key: str
    api: httpx.Client


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Served without --dev; the key is the first agent's."""
    with served(Path(tmp_path_factory.mktemp("pair")), "-l", "info") as server, ExitStack() as stack:
        admin = stack.enter_context(client(server, make_token(server, "admin").secret))
        own, foreign = furnish_agent(admin), furnish_agent(admin)
        key = new_key(admin, own["agent_id"])
        agent = client(server, key, Accept="application/json", **{"Sec-Fetch-Site": "same-origin"})
        yield Pair(server, admin, own, foreign, key, stack.enter_context(agent))


def all_but_life(pair: Pair) -> JSON:
    """All that the API shows, aside from what a call of the key says by itself: its agent is alive."""
    seen = everything(pair.admin)
    for agent in seen["agents"]["agents"]:
        for name in ("last_seen_at", "version", "connection", "updated_at"):
            del agent[name]
    return seen


def endpoints(rules: list[Rule], *scopes: str) -> list[Rule]:
    """The routes that an agent's key is held to its own by one of these ways."""
    return [rule for rule in rules if policy.agents_own(rule.endpoint) in scopes]


def bodies(ids: dict[str, str]) -> dict[str, JSON]:
    """A good body for every endpoint that an agent may call with one."""
    fence = int(ids["fence"])
    identity = {name: ids[name] for name in ("hostname", "machine_address", "repo_path")}
    return {
        "agents.edit": {"progress": 7},
        "api_reports.create": {"hostname": "mine", "cpu_percent": 7.5},
        "heartbeats.create": identity | {"progress": 8},
        "todos.create": {"text": "mine"},
        "todos.edit": {"completed": True},
        "commands.edit": {"status": "acknowledged"},
        "events.create": {"type": "info", "message": "here"},
        "agent_keys.create": {"name": "next", "overlap": 600},
        "task_claims.take_next": {"agent_id": ids["agent_id"]},
        "task_claims.create": {"agent_id": ids["agent_id"]},
        "task_claims.edit": {"fence": fence},
        "task_claims.delete": {"fence": fence},
        "task_endings.complete": {"fence": fence, "result": "done"},
        "task_endings.fail": {"fence": fence, "reason": "not mine"},
    }


def sent(api: httpx.Client, rule: Rule, ids: dict[str, str], body: JSON | None, **more: str) -> httpx.Response:
    """What a route answers for these things."""
    ((method, path, _),) = calls([rule], ids)
    return api.request(method, path, json=body, headers=more)


def test_every_body_stands_for_a_route_that_an_agent_may_call(pair: Pair, rules: list[Rule]) -> None:
    with_body = {
        rule.endpoint.removeprefix("v1_")
        for rule in endpoints(rules, policy.PATH, policy.BODY, policy.HELD)
        if (rule.methods or set()) & {"POST", "PATCH"} or rule.endpoint == "task_claims.delete"
    }

    assert set(bodies(pair.own)) == with_body


@WAYS
def test_an_agents_key_is_refused_all_that_is_not_listed_even_for_its_own_things(
    pair: Pair, rules: list[Rule], way: Callable[[str], dict[str, str]]
) -> None:
    closed = [
        rule
        for rule in rules
        if policy.agents_own(rule.endpoint) is None and policy.required(rule.endpoint) != policy.OPEN
    ]
    before = all_but_life(pair)

    with client(pair.server, **way(pair.key), Accept="application/json") as api:
        wrong = [
            (method, path, got)
            for method, path, _ in calls(closed, pair.own)
            if (got := status(api, method, path, {})) != 403
        ]

    assert len(closed) > 60
    assert wrong == []
    assert all_but_life(pair) == before


def test_what_the_path_names_must_be_the_keys_own_agent(pair: Pair, rules: list[Rule]) -> None:
    given = bodies(pair.foreign)
    before = all_but_life(pair)

    for rule in endpoints(rules, policy.PATH):
        name = rule.endpoint.removeprefix("v1_")
        for ids in (pair.foreign, pair.own | {"agent_id": pair.foreign["agent_id"]}, {}):
            refused(sent(pair.api, rule, ids, given.get(name)), 403, "NOT_YOUR_AGENT")

    assert all_but_life(pair) == before


def test_another_agents_things_are_not_there_under_the_own_one(pair: Pair, rules: list[Rule]) -> None:
    smuggled = pair.foreign | {"agent_id": pair.own["agent_id"]}
    before = all_but_life(pair)

    for rule in endpoints(rules, policy.PATH):
        if rule.arguments - {"agent_id"}:
            body = bodies(smuggled).get(rule.endpoint.removeprefix("v1_"))
            assert sent(pair.api, rule, smuggled, body).status_code == 404, rule

    assert all_but_life(pair) == before


def test_what_the_body_names_must_be_the_keys_own_agent(pair: Pair, rules: list[Rule]) -> None:
    given = bodies(pair.foreign)
    free = make_task(pair.admin)["id"]
    before = all_but_life(pair)

    for rule in endpoints(rules, policy.BODY):
        body = given[rule.endpoint.removeprefix("v1_")]
        refused(sent(pair.api, rule, pair.own | {"task_id": free}, body), 403, "NOT_YOUR_AGENT")
    strange = {"hostname": "new", "machine_address": "10.9.9.9", "repo_path": "/srv/new"}
    refused(pair.api.post("/v1/agents/heartbeat", json=strange), 403, "NOT_YOUR_AGENT")

    assert all_but_life(pair) == before
    pair.admin.delete(f"/v1/tasks/{free}")


def test_a_task_must_be_or_have_been_the_agents_own(pair: Pair, rules: list[Rule]) -> None:
    given = bodies(pair.foreign)
    free = make_task(pair.admin)["id"]
    before = all_but_life(pair)

    for rule in endpoints(rules, policy.HELD):
        for task in (pair.foreign["task_id"], free, "tsk_none"):
            body = given.get(rule.endpoint.removeprefix("v1_"))
            refused(sent(pair.api, rule, pair.own | {"task_id": task}, body), 403, "NOT_YOUR_TASK")

    assert all_but_life(pair) == before
    pair.admin.delete(f"/v1/tasks/{free}")


def test_nobody_ends_or_prolongs_another_agents_claim_by_its_fence(pair: Pair, rules: list[Rule]) -> None:
    # The task was the key's agent's once; its claim was taken away, and now another agent holds it.
    task = make_task(pair.admin)["id"]
    path = f"/v1/tasks/{task}/claim"
    own = good(pair.api.post(path, json={"agent_id": pair.own["agent_id"]}))["lease"]["fence"]
    good(pair.admin.delete(path))
    theirs = good(pair.admin.post(path, json={"agent_id": pair.foreign["agent_id"]}))["lease"]["fence"]
    before = all_but_life(pair)

    for rule in endpoints(rules, policy.HELD):
        if "GET" not in (rule.methods or set()):
            name = rule.endpoint.removeprefix("v1_")
            body = bodies(pair.own | {"fence": str(theirs)})[name]
            refused(sent(pair.api, rule, {"task_id": task}, body), 403, "NOT_YOUR_CLAIM")

    assert own != theirs
    assert all_but_life(pair) == before
    pair.admin.delete(f"/v1/tasks/{task}")


@WAYS
def test_an_agents_key_is_let_through_to_all_that_is_its_own(
    pair: Pair, rules: list[Rule], way: Callable[[str], dict[str, str]]
) -> None:
    # A new agent for each: what it does to its things is not undone.
    for rule in endpoints(rules, policy.PATH, policy.BODY, policy.HELD):
        name = rule.endpoint.removeprefix("v1_")
        ids = furnish_agent(pair.admin)
        key = new_key(pair.admin, ids["agent_id"])
        if name in ("task_claims.take_next", "task_claims.create"):
            ids["task_id"] = make_task(pair.admin, assigned_agent_id=ids["agent_id"])["id"]
        if name == "api_reports.create":  # which only a host may
            host = enrol(pair.admin)
            ids["agent_id"], key = host.id, host.key
        with client(pair.server, **way(key), Accept="application/json") as api:
            answer = sent(api, rule, ids, bodies(ids).get(name))
        assert answer.status_code in (200, 201, 204), (rule, answer.text)


def test_an_agents_key_is_no_way_into_pages_and_streams(pair: Pair) -> None:
    for path in (
        "/v1/stream",
        "/live",
        "/account",
        "/v1/account",
        "/",
        f"/agents/{pair.own['agent_id']}/details",
    ):
        assert pair.api.get(path).status_code == 403, path
    with client(pair.server, Cookie=f"fleet_session={pair.key}") as cookie:
        refused(cookie.get("/v1/agents"), 401)
    signed_in = pair.api.post("/login", data={"token": pair.key})
    assert (signed_in.status_code, "Set-Cookie" in signed_in.headers) == (401, False)


def test_the_key_counts_and_not_a_cookie_beside_it(pair: Pair) -> None:
    token = make_token(pair.server, "admin")
    with client(pair.server, **{"Sec-Fetch-Site": "same-origin"}) as browser:
        browser.post("/login", data={"token": token.secret})
        assert browser.get("/v1/people").status_code == 200
        refused(browser.get("/v1/people", headers=HEADER(pair.key)), 403, "FORBIDDEN")
        refused(browser.get("/v1/people", headers=HEADER("fla_nonsense")), 401, "INVALID_TOKEN")


def test_what_an_agent_says_under_its_key_is_said_by_it(pair: Pair) -> None:
    command = send_command(pair.admin, pair.own["agent_id"])
    path = f"/v1/agents/{pair.own['agent_id']}/commands/{command['id']}"

    good(pair.api.patch(path, json={"status": "completed", "response": "did it"}))

    assert read(pair.admin, path)["response"] == "did it"
    refused(pair.api.post(f"/v1/agents/{pair.own['agent_id']}/commands", json={"content": "x"}), 403)


def test_a_deleted_agents_key_opens_nothing_and_its_successor_inherits_none(pair: Pair) -> None:
    identity = {"hostname": "phoenix", "machine_address": "10.0.0.9", "repo_path": "/srv/app"}
    first = good(pair.admin.post("/v1/agents/heartbeat", json=identity))["id"]
    key = new_key(pair.admin, first)
    with client(pair.server, key) as api:
        good(api.get(f"/v1/agents/{first}"))

        good(pair.admin.delete(f"/v1/agents/{first}"))
        assert good(pair.admin.post("/v1/agents/heartbeat", json=identity))["id"] == first

        # Within a second: what was looked up just now is remembered so long.
        eventually(lambda: api.get(f"/v1/agents/{first}").status_code == 401)
        refused(api.patch(f"/v1/agents/{first}", json={"progress": 1}), 401, "INVALID_TOKEN")
