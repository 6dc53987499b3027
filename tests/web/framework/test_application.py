"""Our Flask: what it remembers and leaves out changes no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from fleet.web.framework.application import LONGEST, ROUTES_MOST
from fleet.web.framework.messages import ALWAYS
from fleet.web.security import policy
from tests.support.application import application

BEARER = {"Authorization": "Bearer fleet-agent-token-123"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path, rate_limit=100_000) as made:
        yield made


def made(app: Flask, name: str) -> str:
    answer = app.test_client().post("/v1/agents", headers=BEARER, json={"name": name, "worktree": "/w"})
    return str(answer.json["id"])


def test_an_address_leads_to_the_same_place_every_time(app: Flask) -> None:
    client, first, second = app.test_client(), made(app, "first"), made(app, "second")
    for _ in range(3):
        assert client.get(f"/v1/agents/{first}", headers=BEARER).json["name"] == "first"
        assert client.get(f"/v1/agents/{second}", headers=BEARER).json["name"] == "second"


def test_methods_of_one_address_are_kept_apart(app: Flask) -> None:
    client, agent_id = app.test_client(), made(app, "one")
    path = f"/v1/agents/{agent_id}"
    for progress in (1, 2):
        assert client.get(path, headers=BEARER).status_code == 200
        assert client.patch(path, headers=BEARER, json={"progress": progress}).json["progress"] == progress
        assert client.put(path, headers=BEARER, json={}).status_code == 405
    assert client.delete(path, headers=BEARER).status_code == 204
    assert client.get(path, headers=BEARER).status_code == 404


LITERAL = {
    "/v1/tasks/claim": "POST",
    "/v1/agents/heartbeat": "POST",
    "/tasks/new": "GET, HEAD",
    "/v1/tasks": "GET, HEAD, POST",
}


@pytest.mark.parametrize(("path", "methods"), LITERAL.items())
def test_an_address_allows_what_it_answers_and_nothing_of_what_a_part_in_its_place_would(
    app: Flask, path: str, methods: str
) -> None:
    """RFC 9110, 15.5.6: `/v1/tasks/claim` allowed what can be done to a task, and answered that there is no such task."""
    client, expected = app.test_client(), {"OPTIONS", *methods.split(", ")}
    for method in ("DELETE", "PATCH", "PUT", "OPTIONS"):
        for _ in range(2):
            answer = client.open(path, method=method, headers=BEARER)

            assert answer.status_code == (200 if method == "OPTIONS" else 405)
            assert {*answer.allow} == expected


def for_agents(rule: Rule) -> bool:
    """True for what an agent's own key alone may ask: everybody else is refused whatever the method."""
    return policy.required(rule.endpoint) == policy.AGENT


def test_each_method_that_is_allowed_is_answered_and_no_other(app: Flask) -> None:
    """Every address of the API, with the parts that are chosen made up."""
    client, tried = app.test_client(), 0
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v1/") and "stream" not in rule.rule and not for_agents(rule):
            path = re.sub(r"<any\((\w+).*?>", r"\1", rule.rule)
            path = re.sub(r"<[^>]+>", "made-up", path)
            allowed = {*client.open(path, method="OPTIONS", headers=BEARER).allow}
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                answer = client.open(path, method=method, headers=BEARER)
                tried += 1
                assert (answer.status_code == 405) == (method not in allowed), (method, path)
                if answer.status_code == 405:
                    assert {*answer.allow} == allowed

    assert tried > 100


def test_a_form_that_names_another_method_does_not_change_where_posts_lead(app: Flask) -> None:
    client, agent_id = app.test_client(), made(app, "one")
    path = f"/v1/agents/{agent_id}/todos"
    for _ in range(2):
        assert client.post(path, headers=BEARER, data={"_method": "DELETE"}).status_code == 405
        assert client.post(path, headers=BEARER, json={"text": "later"}).status_code == 201


def test_what_leads_nowhere_or_is_endless_is_not_remembered(app: Flask) -> None:
    client = app.test_client()
    before = dict(app.routes)
    for number in range(20):
        assert client.get(f"/v1/nothing/{number}", headers=BEARER).status_code == 404
    assert client.get(f"/v1/agents/{'x' * LONGEST}", headers=BEARER).status_code == 404
    assert app.routes == before


def test_only_so_many_addresses_are_remembered(app: Flask) -> None:
    client = app.test_client()
    for number in range(ROUTES_MOST + 10):
        app.routes[("GET", f"/filled/{number}")] = next(iter(app.url_map.iter_rules())), {}
    assert client.get("/v1/agents/nobody", headers=BEARER).status_code == 404
    assert len(app.routes) == 1


def test_a_malformed_host_is_refused(app: Flask) -> None:
    for host in ("a b", "[::1", "x/y", "\xe9.example"):
        answer = app.test_client().get("/health", headers={"Host": host})
        assert answer.status_code in (400, 421), host


def test_every_answer_carries_the_headers_that_guard_it_once(app: Flask) -> None:
    client, agent_id = app.test_client(), made(app, "one")
    answers = [
        client.get("/", headers={**BEARER, "Accept": "text/html"}),
        client.get("/v1/agents", headers=BEARER),
        client.head("/v1/agents", headers=BEARER),
        client.get("/v1/agents/nobody", headers=BEARER),
        client.get("/login?next=/"),
        client.delete(f"/v1/agents/{agent_id}", headers=BEARER),
        client.get("/", headers={"Accept": "text/html"}),
    ]
    assert {answer.status_code for answer in answers} >= {200, 204, 303, 404}
    for answer in answers:
        for name, value in ALWAYS:
            assert answer.headers.getlist(name) == [value]
