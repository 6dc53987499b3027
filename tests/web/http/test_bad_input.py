"""Whatever is sent, the answer is a 4xx that names the fault, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import (
    JSON,
    everything,
    make_agent,
    make_task,
    make_todo,
    refused,
    send_command,
)
from tests.support.calls import CALLS, NUMBER, OBJECT, TEXT, WRONG, Call
from tests.support.serving import Served
from tests.support.tokens import client

MANY = 10_000
BROKEN = {
    "nothing closed": b"{",
    "a word": b"nope",
    "two values": b"{}{}",
    "a comment": b"{} // x",
    "single quotes": b"{'a': 1}",
    "NaN": b'{"a": NaN}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "an encoded surrogate": b'{"a": "\xed\xa0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a lone low surrogate": b'{"a": "\\udc00\\ud800"}',
    "NUL": b"\x00",
    "deep arrays": b"[" * MANY + b"]" * MANY,
    "deep objects": b'{"a":' * MANY + b"1" + b"}" * MANY,
    "unclosed arrays": b"[" * 100_000,
    "an array": b"[]",
    "an array of objects": b"[{}]",
    "a text": b'"name"',
    "a number": b"7",
    "null": b"null",
    "true": b"true",
}
HEADERS = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def steady(server: Served) -> Iterator[httpx.Client]:
    """A client for the whole module."""
    with client(server, server.token) as api:
        yield api


@pytest.fixture(scope="module")
def ids(steady: httpx.Client) -> JSON:
    """Something of every noun, to be left as it is; and the whole house as it was."""
    agent = make_agent(steady, status="waiting_feedback", pending_question="Which?")["id"]
    made = {
        "agent": agent,
        "todo": make_todo(steady, agent)["id"],
        "command": send_command(steady, agent)["id"],
        "task": make_task(steady)["id"],
    }
    return made | {"before": everything(steady)}


def send(api: httpx.Client, call: Call, ids: JSON, body: bytes, **headers: str) -> httpx.Response:
    path = call.path.format(**ids)
    return api.request(call.method, path, content=body, headers=HEADERS | headers)


def with_field(call: Call, ids: JSON, name: str, value: object) -> bytes:
    body = {k: ids["agent"] if v == "{agent}" else v for k, v in call.body.items()}
    return json.dumps(body | {name: value}).encode()


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_body_that_is_no_json_object_is_refused(steady: httpx.Client, ids: JSON, call: Call) -> None:
    for what, body in BROKEN.items():
        answer = send(steady, call, ids, body)
        assert answer.status_code == 400, (what, answer.text)
        # An unknown field is refused before its value is looked at.
        refused(answer, 400, None if b'"a"' in body else "INVALID_JSON")
    assert everything(steady) == ids["before"]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_field_of_the_wrong_kind_is_refused_and_named(steady: httpx.Client, ids: JSON, call: Call) -> None:
    for name, kind in call.fields.items():
        for value in (*WRONG[kind], *([] if name in call.nullable else [None])):
            answer = send(steady, call, ids, with_field(call, ids, name, value))
            shown = (name, str(value)[:50], answer.status_code, answer.text[:200])
            assert answer.status_code == 400, shown
            error = refused(answer, 400)
            assert error["details"]["field"].startswith(name), shown
            # Of an object a field that nobody knows may be the first that is seen.
            assert name.upper() in error["code"] or (kind == OBJECT and error["code"] == "UNKNOWN_FIELD"), shown
            assert len(answer.content) < 2000, shown
    assert everything(steady) == ids["before"]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_field_that_is_not_there_is_refused_and_named(steady: httpx.Client, ids: JSON, call: Call) -> None:
    names = (
        "id",
        "agent_id " if "agent_id" in call.fields else "agent_id",
        "created_at",
        "owner_id",
        "role",
        "",
        "__proto__",
        "x" * 5000,
        "na me",
        "a.b[0]",
        "ünï",
        "$where",
    )
    for name in names:
        error = refused(send(steady, call, ids, with_field(call, ids, name, 1)), 400, "UNKNOWN_FIELD")
        assert error["details"]["field"] == name[:200]
    assert everything(steady) == ids["before"]


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_too_large(steady: httpx.Client, ids: JSON, call: Call, chunked: bool) -> None:
    body = b'{"a": "' + b"x" * 1_100_000 + b'"}'
    path = call.path.format(**ids)

    answer = steady.request(
        call.method,
        path,
        content=iter([body[:500_000], body[500_000:]]) if chunked else body,
        headers=HEADERS,
    )

    refused(answer, 413, "BODY_TOO_LARGE")


def test_what_the_limit_cuts_off_is_missed(steady: httpx.Client, ids: JSON) -> None:
    # Good JSON up to the limit, so that a server that cuts and reads on would take it.
    whole = b'{"name": "cut", "worktree": "/x"}'
    body = whole + b" " * (2**20 - len(whole)) + b", nonsense"

    refused(steady.post("/v1/agents", content=iter([body])), 413, "BODY_TOO_LARGE")

    assert everything(steady) == ids["before"]


@pytest.mark.parametrize("call", [c for c in CALLS if "metadata" in c.fields], ids=str)
def test_metadata_has_a_depth(steady: httpx.Client, ids: JSON, call: Call) -> None:
    for depth in (40, MANY):
        for opening, closing in (('{"a":', "}"), ("[", "]")):
            nested = '{"a":' + opening * depth + "1" + closing * depth + "}"
            body = '{"type": "info", "message": "m", "metadata": ' + nested + "}"
            error = refused(send(steady, call, ids, body.encode()), 400)
            assert error["code"] in ("INVALID_METADATA", "INVALID_JSON")
    assert everything(steady) == ids["before"]


def flat(body: JSON) -> dict[str, str]:
    """A body as a form has it: what is in an object stands under its path."""
    pairs = [
        (f"{name}.{inner}", each) if inner else (name, each)
        for name, value in body.items()
        for inner, each in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    return {name: str(value) for name, value in pairs}


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_form_is_checked_like_json(steady: httpx.Client, ids: JSON, call: Call) -> None:
    path = call.path.format(**ids)
    forms: list[tuple[str, dict[str, str]]] = [("nope", {"nope": "1"})]
    for name, kind in call.fields.items():
        if kind in (NUMBER, OBJECT):
            forms.append((name, {name: "seven"}))
        if kind == TEXT:
            forms.append((name, {name: "a\x00b"}))
    for name, form in forms:
        body = flat({k: ids["agent"] if v == "{agent}" else v for k, v in call.body.items()}) | form
        error = refused(steady.request(call.method, path, data=body), 400)
        assert error["details"]["field"].startswith(name), form
    assert everything(steady) == ids["before"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/agents", "limit"),
        ("/v1/agents", "offset"),
        ("/v1/tasks", "limit"),
        ("/v1/tasks", "offset"),
        ("/v1/agents/{agent}/events", "limit"),
        ("/v1/agents/{agent}/events", "offset"),
        ("/v1/agents/{agent}/commands", "limit"),
        ("/v1/agents/{agent}/commands", "wait"),
        ("/v1/fleet/recent-updates", "limit"),
    ],
)
def test_a_number_in_the_query_is_one(steady: httpx.Client, ids: JSON, path: str, name: str) -> None:
    for value in (
        "",
        "-1",
        "x",
        "1.5",
        "1e3",
        "0x10",
        "+1",
        " 1",
        "1 ",
        "٣",
        "9" * 400,
        "\x00",
        "--1",
        "1_0",
    ):
        answer = steady.get(path.format(**ids), params={name: value})
        assert refused(answer, 400, f"INVALID_{name.upper()}")["details"] == {"field": name}, value


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/agents", "status"),
        ("/v1/agents", "connection"),
        ("/v1/agents", "kind"),
        ("/v1/agents", "state"),
        ("/v1/agents", "sort"),
        ("/v1/tasks", "status"),
        ("/v1/tasks", "priority"),
        ("/v1/agents/{agent}/commands", "status"),
        ("/v1/agents/{agent}/commands", "type"),
    ],
)
def test_a_word_in_the_query_is_one_of_those_that_there_are(
    steady: httpx.Client, ids: JSON, path: str, name: str
) -> None:
    for value in ("nope", "ACTIVE", "idle,active", "\x00", "x" * 3000):
        answer = steady.get(path.format(**ids), params={name: value})
        assert refused(answer, 400, f"INVALID_{name.upper()}")["details"] == {"field": name}, value


def test_a_text_in_the_query_has_a_length(steady: httpx.Client) -> None:
    for path, name in (("/v1/agents", "q"), ("/v1/agents", "hostname"), ("/v1/tasks", "assigned_agent_id")):
        for value, fault in (("x" * 501, "at most 500 characters"), ("a\x00b", "NUL")):
            answer = steady.get(path, params={name: value})
            assert fault in refused(answer, 400, f"INVALID_{name.upper()}")["message"]
