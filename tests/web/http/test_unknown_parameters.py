"""A list of /v1 that is asked for something nobody knows says so, instead of giving everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.db import Transaction, write
from fleet.models import person, task, token
from fleet.web.http.queries import LISTS
from tests.support.agents import new_agent
from tests.support.application import application


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(Path(tmp_path_factory.mktemp("parameters"))) as made:
        yield made


@pytest.fixture(scope="module")
def lists(app: Flask) -> list[str]:
    """The path of every list of /v1."""
    made = write(lambda tx: task.create(tx, {"title": "t", "description": "d"}))
    ids = {"agent_id": new_agent(), "task_id": made.id, "kind": "jsonl"}
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/")]
    found = [rule for rule in rules if "GET" in (rule.methods or ()) and rule.endpoint.endswith(LISTS)]
    return [rule.build({name: ids[name] for name in rule.arguments})[1] for rule in found]  # type: ignore[index]


@pytest.fixture(scope="module")
def secret(app: Flask) -> str:
    """An administrator's personal token: some lists are a person's own."""

    def make(tx: Transaction) -> str:
        ada = person.invite(tx, "ada@example.com", "Ada", "admin")
        return token.create(tx, "token", "mine", "admin", person_id=ada.id).secret

    assert app
    return write(make)


@pytest.fixture
def asked(app: Flask, secret: str) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return made


def test_every_list_refuses_a_parameter_that_it_does_not_know(asked: FlaskClient, lists: list[str]) -> None:
    assert len(lists) >= 16
    for path in lists:
        answer = asked.get(f"{path}?colour=red&_=1")
        error = answer.json["error"]  # type: ignore[index]
        assert (answer.status_code, error["code"]) == (400, "UNKNOWN_PARAMETER"), path
        assert error["details"] == {"field": "colour"}, path
        assert "red" not in error["message"], path


def test_every_list_lets_a_cache_buster_pass(asked: FlaskClient, lists: list[str]) -> None:
    for path in lists:
        assert asked.get(f"{path}?_=1732270000").status_code == 200, path


def test_the_refusal_says_which_parameters_there_are(asked: FlaskClient) -> None:
    answer = asked.get("/v1/agents?stat=active&limit=1")

    message = answer.json["error"]["message"]  # type: ignore[index]
    for name in ("connection", "hostname", "kind", "limit", "offset", "q", "sort", "state", "status", "tag"):
        assert f"{name}," in message or f"{name}." in message


def test_a_list_that_waits_refuses_before_it_waits(asked: FlaskClient, lists: list[str]) -> None:
    [path] = [path for path in lists if path.endswith("/commands")]

    assert asked.get(f"{path}?status=sent&wait=55&colour=red").status_code == 400


def test_a_page_takes_whatever_stands_in_its_address(asked: FlaskClient) -> None:
    for path in ("/agents", "/tasks", "/activity", "/audit"):
        assert asked.get(f"{path}?colour=red", headers={"Accept": "text/html"}).status_code == 200, path
