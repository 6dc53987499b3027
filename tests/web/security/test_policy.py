"""Who may: every route times every kind of credential, over HTTP (security.md 1, 2, 3, 6)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from werkzeug.routing import Rule

from fleet.web.security import policy
from tests.support.api import JSON, eventually, good, read, refused
from tests.support.furnished_fleet import House, calls, contents, furnish, status
from tests.support.serving import DEV_TOKEN, served
from tests.support.tokens import client, make_tokens, revoke

ROLES = policy.ROLES
REFUSED = ("nobody", "wrong", "the development token", "revoked", "expired")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Served without --dev, with something of every noun in it."""
    with served(Path(tmp_path_factory.mktemp("house")), "-l", "info") as server, ExitStack() as stack:
        viewer, operator, admin, expired, revoked = make_tokens(
            server, [("viewer",), ("operator",), ("admin",), ("admin", "--expires-in", "1s"), ("admin",)]
        )
        revoke(server, revoked)
        secrets = {
            "nobody": None,
            "wrong": "flt_" + "x" * 43,
            "the development token": DEV_TOKEN,
            "revoked": revoked.secret,
            "expired": expired.secret,
            "viewer": viewer.secret,
            "operator": operator.secret,
            "admin": admin.secret,
        }
        made = House(server)
        for name, secret in secrets.items():
            headers = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
            made.clients[name] = stack.enter_context(client(server, secret, **headers))
        made.ids = furnish(made.clients["admin"])
        time.sleep(1)
        yield made


def test_every_route_stands_in_the_policy_table(rules: list[Rule]) -> None:
    assert [rule.rule for rule in rules if policy.required(rule.endpoint) is None] == []


def test_every_line_of_the_policy_table_stands_for_a_route(rules: list[Rule]) -> None:
    endpoints = {rule.endpoint.removeprefix("v1_") for rule in rules}

    assert sorted(set(policy.POLICY) - endpoints) == []


def test_whatever_is_open_says_nothing_of_agents(house: House) -> None:
    is_open = {endpoint for endpoint, least in policy.POLICY.items() if least == policy.OPEN}

    # Whom the figures are for is a setting of their own: unless told otherwise, nobody.
    doors = {"sessions.new", "sessions.create", "enrolments.create", "install_script.show"}
    assert is_open - {"metrics.show"} == {"static", "health.show"} | doors
    assert house.clients["admin"].get("/metrics").status_code == 404


@pytest.mark.parametrize("who", REFUSED)
def test_without_a_good_credential_every_route_is_refused_and_nothing_changes(
    house: House, rules: list[Rule], who: str
) -> None:
    before = contents(house.clients["admin"], house.ids)

    wrong = [
        (method, path, got)
        for method, path, least in calls(rules, house.ids)
        if least != policy.OPEN and (got := status(house.clients[who], method, path, {})) != 401
    ]

    assert wrong == []
    assert contents(house.clients["admin"], house.ids) == before


@pytest.mark.parametrize("who", ROLES)
def test_a_role_is_refused_what_is_above_it_and_changes_nothing_by_trying(
    house: House, rules: list[Rule], who: str
) -> None:
    before = contents(house.clients["admin"], house.ids)

    wrong = [
        (method, path, got)
        for method, path, least in calls(rules, house.ids)
        if least in ROLES[ROLES.index(who) + 1 :] and (got := status(house.clients[who], method, path, {})) != 403
    ]

    assert wrong == []
    assert contents(house.clients["admin"], house.ids) == before


@pytest.mark.parametrize("who", ROLES)
def test_a_role_is_let_through_to_all_that_it_may(house: House, rules: list[Rule], who: str) -> None:
    # Unknown ids and empty bodies: who is let through is told so by another error than 401 and 403.
    wrong = [
        (method, path, got)
        for method, path, least in calls(rules, {})
        if least in ROLES[: ROLES.index(who) + 1]
        and ((got := status(house.clients[who], method, path, {})) in (401, 403) or got >= 500)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/agents", {"name": "a", "worktree": "/x"}),
        ("POST", "/v1/agents/heartbeat", {"hostname": "h", "machine_address": "m", "repo_path": "/r"}),
        ("PATCH", "/v1/agents/{agent_id}", {"status": "error"}),
        ("DELETE", "/v1/agents/{agent_id}", None),
        ("POST", "/v1/agents/{agent_id}/answer", {"content": "this one"}),
        ("POST", "/v1/agents/{agent_id}/commands", {"content": "rm -rf"}),
        ("PATCH", "/v1/agents/{agent_id}/commands/{command_id}", {"status": "completed"}),
        ("POST", "/v1/agents/{agent_id}/todos", {"text": "t"}),
        ("DELETE", "/v1/agents/{agent_id}/todos/{todo_id}", None),
        ("POST", "/v1/agents/{agent_id}/events", {"type": "info", "message": "m"}),
        ("POST", "/v1/tasks", {"title": "t", "description": "d"}),
        ("PATCH", "/v1/tasks/{task_id}", {"status": "completed"}),
        ("POST", "/v1/tasks/claim", {"agent_id": "{agent_id}"}),
        ("POST", "/v1/tasks/{task_id}/claim", {"agent_id": "{agent_id}"}),
        ("DELETE", "/v1/tasks/{task_id}", None),
    ],
)
def test_a_viewers_writes_with_good_bodies_change_nothing(
    house: House, method: str, path: str, body: JSON | None
) -> None:
    before = contents(house.clients["admin"], house.ids)
    sent = {k: v.format(**house.ids) for k, v in body.items()} if body else None

    for who in ("viewer", "nobody"):
        answer = house.clients[who].request(method, path.format(**house.ids), json=sent)
        assert answer.status_code == {"viewer": 403, "nobody": 401}[who]

    assert contents(house.clients["admin"], house.ids) == before


def test_a_role_comes_from_the_credential_and_from_nothing_in_the_request(house: House) -> None:
    viewer = house.clients["viewer"]
    body = {"name": "a", "worktree": "/x", "role": "admin"}

    for headers in ({"X-Role": "admin"}, {"X-Forwarded-User": "root"}, {"X-HTTP-Method-Override": "GET"}):
        refused(viewer.post("/v1/agents?role=admin", json=body, headers=headers), 403, "FORBIDDEN")
    refused(house.clients["operator"].post("/v1/agents", json=body), 400, "UNKNOWN_FIELD")


@pytest.mark.parametrize("header", ["Basic {secret}", "{secret}", "Bearer", "Bearer {secret}x", "Token {secret}"])
def test_nothing_but_a_whole_bearer_token_is_one(house: House, header: str) -> None:
    secret = house.clients["admin"].headers["Authorization"].removeprefix("Bearer ")
    answer = httpx.get(f"{house.server.url}/v1/agents", headers={"Authorization": header.format(secret=secret)})

    assert refused(answer, 401, "INVALID_TOKEN")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="fleet"'


def test_a_token_that_is_revoked_stops_working(house: House) -> None:
    (token,) = make_tokens(house.server, [("operator",)])
    with client(house.server, token.secret) as api:
        good(api.get("/v1/agents"))
        revoke(house.server, token)
        eventually(lambda: api.get("/v1/agents").status_code == 401)
        refused(api.post("/v1/tasks", json={"title": "t", "description": "d"}), 401, "INVALID_TOKEN")


def test_nobody_is_told_which_routes_and_ids_there_are(house: House) -> None:
    answers = [
        house.clients["nobody"].get(path).json()
        for path in (
            "/v1/agents/nope",
            f"/v1/agents/{house.ids['agent_id']}",
            "/v1/no/such/route",
            "/v1/agents",
        )
    ]

    assert answers == [answers[0]] * 4
    assert read(house.clients["viewer"], f"/v1/agents/{house.ids['agent_id']}")["id"]
