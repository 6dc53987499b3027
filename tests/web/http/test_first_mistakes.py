"""What somebody does wrong with the first call is told so that the second one is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fleet.web.http import bodies
from fleet.web.http.bodies import Body
from tests.support.agents import new_agent
from tests.support.application import application
from tests.support.calls import CALLS, Call
from tests.support.serving import DEV_TOKEN

FORM = "application/x-www-form-urlencoded"
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(Path(tmp_path_factory.mktemp("mistakes"))) as made:
        yield made


@pytest.fixture
def asked(app: Flask) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {DEV_TOKEN}"
    return made


def error(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json["error"]  # type: ignore[index]
    return found


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_json_that_was_sent_as_a_form_is_told_which_header_to_send(asked: FlaskClient, call: Call) -> None:
    path = call.path.format(agent=new_agent(), todo="todo_x", command="cmd_x", task="task_x")
    for body in ('{"name": "one", "worktree": "/a=b&c"}', ' {"a": 1}', '[{"a": 1}]', "{}"):
        told = error(asked.open(path, method=call.method, data=body, content_type=FORM), 400)
        assert told["code"] == "INVALID_CONTENT_TYPE", body
        assert told["details"] == {"field": "Content-Type"}, body
        assert "Content-Type: application/json" in told["message"]


def schemas(parent: type[Body] = Body) -> Iterator[type[Body]]:
    for schema in parent.__subclasses__():
        yield schema
        yield from schemas(schema)


def test_a_word_that_is_none_of_the_choices_is_told_the_choices(app: Flask) -> None:
    assert app, "every view is loaded"
    looked_at = 0
    for schema in schemas():
        for name in schema.__struct_fields__:
            choices = bodies.choices_of(schema, name)
            for wrong in ("nope", "", 7) if choices else ():
                with pytest.raises(msgspec.ValidationError) as caught:
                    msgspec.convert({name: wrong}, schema)
                told = bodies.explained(schema, caught.value)
                assert told.code == f"INVALID_{name.upper()}"
                assert told.details["choices"] == list(choices), (schema, told.message)
                listed = told.message.endswith(f"; one of: {', '.join(choices)}")
                assert listed == (name not in schema.recorded), (schema, told.message)
                looked_at += 1
    assert looked_at > 30


def test_choices_are_found_wherever_they_stand_in_a_type() -> None:
    class Deep(Body):
        plain: Literal["a", "b"] = "a"
        optional: Literal["c"] | msgspec.UnsetType | None = msgspec.UNSET
        text: str = ""

    found = [bodies.choices_of(Deep, name) for name in ("plain", "optional", "text", "none")]
    assert found == [("a", "b"), ("c",), (), ()]


def test_a_slash_at_the_end_is_no_other_place_to_read(asked: FlaskClient) -> None:
    for path, query in (("/v1/agents", "?limit=1&q=a%20b"), (f"/v1/agents/{new_agent()}", ""), ("/tasks", "")):
        answer = asked.get(f"{path}/{query}", headers=HTML)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{path}{query}")
        assert asked.get(answer.headers["Location"]).status_code == 200


def test_a_write_is_not_sent_elsewhere_but_told_where(asked: FlaskClient) -> None:
    told = error(asked.post("/v1/agents/", json={"name": "a", "worktree": "/w"}), 404)

    assert told["code"] == "NOT_FOUND"
    assert "/v1/agents" in told["message"].split()


@pytest.mark.parametrize(
    "path", ["/v1/nothing/", "//v1/agents/", "//evil.example/", "/v1/agents//", "/v1/tasks/x/claim/"]
)
def test_a_slash_behind_nothing_is_not_found(asked: FlaskClient, path: str) -> None:
    answer = asked.get("/", environ_overrides={"PATH_INFO": path})

    assert answer.status_code in (404, 308)
    assert not answer.headers.get("Location", "/").startswith("//")
    assert answer.status_code == 404 or answer.headers["Location"].startswith("/v1/agents")


def test_whoever_is_not_signed_in_is_not_told_what_there_is(app: Flask) -> None:
    assert app.test_client().get("/v1/agents/").status_code == 401


def test_a_delete_of_an_older_edition_is_refused(asked: FlaskClient) -> None:
    agent_id = new_agent()
    task = asked.post("/v1/tasks", json={"title": "t", "description": "d"}).json
    todo = asked.post(f"/v1/agents/{agent_id}/todos", json={"text": "t"}).json
    assert task
    assert todo
    for path in (f"/v1/tasks/{task['id']}", f"/v1/agents/{agent_id}/todos/{todo['id']}", f"/v1/agents/{agent_id}"):
        told = error(asked.delete(path, headers={"If-Match": '"9"'}), 412)
        assert told["code"] == "STALE_EDITION"
        assert asked.delete(path, headers={"If-Match": '"9", "1"'}).status_code == 204
