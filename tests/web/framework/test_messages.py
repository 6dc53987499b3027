"""Our request and response: as Flask's, for every body and every answer."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.test import EnvironBuilder, run_wsgi_app

from fleet.web.framework.messages import ALWAYS, Request, Response

LIMIT = 100


@pytest.fixture
def house() -> Any:
    app = Flask("house")
    app.config["MAX_CONTENT_LENGTH"] = LIMIT
    with app.app_context():
        yield app


def asked(body: bytes, announced: int | None = None, content_type: str = "application/json") -> Request:
    """A request with this body, which may announce another length."""
    environ = EnvironBuilder(method="POST", data=body, content_type=content_type).get_environ()
    environ["wsgi.input"] = io.BytesIO(body)
    if announced is not None:
        environ["CONTENT_LENGTH"] = str(announced)
    return Request(environ)


@pytest.mark.usefixtures("house")
def test_a_body_is_read_whole_and_may_be_asked_for_again() -> None:
    request = asked(b'{"a": 1}')

    assert request.get_data() == b'{"a": 1}'
    assert request.get_data() == b'{"a": 1}'
    assert request.get_data(as_text=True) == '{"a": 1}'
    assert request.get_json() == {"a": 1}


@pytest.mark.usefixtures("house")
def test_a_form_can_be_read_after_its_bytes() -> None:
    request = asked(b"a=1&b=2", content_type="application/x-www-form-urlencoded")

    assert request.get_data() == b"a=1&b=2"
    assert request.form["b"] == "2"


@pytest.mark.usefixtures("house")
def test_no_more_is_read_than_was_announced() -> None:
    request = asked(b"abcdef", announced=3)

    assert request.get_data() == b"abc"
    assert request.environ["wsgi.input"].read() == b"def"


@pytest.mark.usefixtures("house")
def test_a_body_that_ends_too_early_is_no_body() -> None:
    with pytest.raises(ClientDisconnected):
        asked(b"abc", announced=6).get_data()


@pytest.mark.usefixtures("house")
def test_a_body_that_is_too_long_is_refused_unread() -> None:
    request = asked(b"x" * (LIMIT + 1))

    with pytest.raises(RequestEntityTooLarge):
        request.get_data()
    assert request.environ["wsgi.input"].tell() == 0


@pytest.mark.usefixtures("house")
def test_what_htmx_says_is_there_for_whoever_asks() -> None:
    environ = EnvironBuilder(headers={"HX-Request": "true", "HX-Target": "agents"}).get_environ()

    assert Request(environ).htmx
    assert Request(environ).htmx.target == "agents"
    assert not asked(b"").htmx


def given(response: Response, method: str = "GET") -> tuple[str, list[tuple[str, str]], bytes]:
    """What a server is given: status, headers, body."""
    pieces, status, headers = run_wsgi_app(response, EnvironBuilder(method=method).get_environ(), buffered=True)
    return status, list(headers), b"".join(pieces)


@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind(b'{"a": 1}', 201, {"ETag": '"3"'}, content_type="application/json"),
        lambda kind: kind("grüße", content_type="text/html; charset=utf-8"),
        lambda kind: kind([b"one", b"two"]),
        lambda kind: kind(iter([b"one", b"two"])),
        lambda kind: kind(status=204),
        lambda kind: kind(status=304, headers={"ETag": '"3"', "Content-Type": "text/html"}),
        lambda kind: kind(status=303, headers={"Location": "/ä?b=1"}),
        lambda kind: kind(b"x", headers={"Content-Location": "/ä"}),
        lambda kind: kind("", 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_is_flasks_with_the_headers_of_every_answer(make: Any, method: str) -> None:
    from flask import Response as FlaskResponse

    status, headers, body = given(make(Response), method)
    flasks_status, flasks_headers, flasks_body = given(make(FlaskResponse), method)

    assert (status, body) == (flasks_status, flasks_body)
    assert sorted(headers) == sorted([*flasks_headers, *ALWAYS])


def test_what_was_to_happen_at_the_end_happens() -> None:
    done = []
    response = Response(b"x")
    response.call_on_close(lambda: done.append(True))

    assert given(response)[2] == b"x"
    assert done == [True]
