"""What a request may cost: its size, its fields and parts, its depth, its packing (security.md 20)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.web.http.bodies import MAX_DEPTH, VALUES_MOST
from fleet.web.security import origins
from tests.support.agents import new_agent as make_agent
from tests.support.application import application
from tests.support.calls import CALLS, Call
from tests.support.serving import DEV_TOKEN

FORM = "application/x-www-form-urlencoded"
BROWSER = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
IDS = {"todo": "todo_x", "command": "cmd_x", "task": "task_x"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(Path(tmp_path_factory.mktemp("limits")), rate_limit_anonymous=100_000) as made:
        yield made


@pytest.fixture(scope="module")
def ids(app: Flask) -> dict[str, str]:
    assert app
    return IDS | {"agent": make_agent()}


@pytest.fixture
def asked(app: Flask) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {DEV_TOKEN}"
    return made


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_route_refuses_a_packed_body(asked: FlaskClient, ids: dict[str, str], call: Call) -> None:
    """So nobody sends a kilobyte that becomes a gigabyte."""
    for packing in ("gzip", "deflate", "br", "GZIP"):
        answer = asked.open(
            call.path.format(**ids),
            method=call.method,
            data=gzip.compress(b"{}"),
            headers={"Content-Encoding": packing},
            content_type="application/json",
        )
        assert answer.status_code == 415
        assert answer.json["error"]["code"] == "UNSUPPORTED_MEDIA_TYPE"  # type: ignore[index]


@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 100_000])
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_route_refuses_json_that_is_nested_too_deep(
    asked: FlaskClient, ids: dict[str, str], call: Call, depth: int
) -> None:
    for name in call.fields:
        body = f'{{"{name}":{"[" * depth}{"]" * depth}}}'
        answer = asked.open(call.path.format(**ids), method=call.method, data=body, content_type="application/json")
        assert answer.status_code == 400, name


def test_an_object_of_any_shape_has_a_depth_and_a_number_of_values(asked: FlaskClient, ids: dict[str, str]) -> None:
    path = f"/v1/agents/{ids['agent']}/events"
    body = {"type": "t", "message": "m"}

    def sent(metadata: object) -> int:
        return asked.post(path, json=body | {"metadata": metadata}).status_code

    assert sent({"a": ["x"] * (VALUES_MOST - 10)}) == 201
    assert sent({"a": ["x"] * VALUES_MOST}) == 400
    assert sent({"a": [["x"] * 100] * (VALUES_MOST // 100)}) == 400
    deep: object = "x"
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    assert sent({"a": deep}) == 400


def test_a_form_has_a_number_of_fields_whoever_sends_it(app: Flask) -> None:
    anybody = app.test_client()
    most = origins.FIELDS_MOST

    few = anybody.post("/login", data="&".join(["a"] * most), content_type=FORM, headers=BROWSER)
    many = anybody.post("/login", data="&".join(["a"] * (most + 1)), content_type=FORM, headers=BROWSER)

    assert few.status_code == 401, "read, and no good"
    assert (many.status_code, many.json["error"]["code"]) == (413, "TOO_MANY_FIELDS")  # type: ignore[index]


def test_a_form_in_parts_has_a_number_of_parts(app: Flask) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\r\n'
    kind = "multipart/form-data; boundary=x"

    def sent(parts: int) -> int:
        body = part * parts + b"--x--\r\n"
        return app.test_client().post("/login", data=body, content_type=kind, headers=BROWSER).status_code

    assert sent(10) == 401
    assert sent(origins.FIELDS_MOST + 1) == 413


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "application/json"])
def test_a_body_beyond_its_size_is_refused_before_anything_is_read_from_it(app: Flask, kind: str) -> None:
    size = app.config["MAX_CONTENT_LENGTH"] + 1
    answer = app.test_client().post("/login", data=b"a" * size, content_type=kind, headers=BROWSER)

    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "BODY_TOO_LARGE"  # type: ignore[index]
