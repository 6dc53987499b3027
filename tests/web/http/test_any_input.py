"""Random JSON on every route with a body: an answer in our own words, and never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api import JSON, make_agent, make_task, make_todo, send_command
from tests.support.calls import CALLS, FLAG, LIST, NUMBER, OBJECT, TEXT, Call
from tests.support.serving import Served
from tests.support.tokens import client

LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ANY = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    TEXT: st.text(max_size=40)
    | st.sampled_from(
        ["active", "completed", "pending", "failed", "high", "{agent}", "{task}", "/live", "succeeded", "x"]
    ),
    LIST: st.lists(st.text(max_size=20) | st.just("{task}"), max_size=8),
    NUMBER: st.integers(-5, 4000) | st.integers(),
    FLAG: st.booleans(),
    OBJECT: st.dictionaries(st.text(), ANY, max_size=4),
}


def bodies(call: Call) -> st.SearchStrategy[Any]:
    """Anything at all, or an object whose fields are the call's, rightly or wrongly filled."""
    # A claim that waits would wait in here.
    names = {name: kind for name, kind in call.fields.items() if name != "wait"}
    fields = {name: LIKELY[kind] | LEAF for name, kind in names.items()}
    some = st.fixed_dictionaries({}, optional=fields)
    return ANY | some | some.map(lambda given: call.body | given)


@pytest.fixture(scope="module")
def steady(server: Served) -> Iterator[httpx.Client]:
    """A client for the whole module."""
    with client(server, server.token) as api:
        yield api


@pytest.fixture(scope="module")
def ids(steady: httpx.Client) -> dict[str, str]:
    """Something of every noun to write to."""
    agent = make_agent(steady)["id"]
    return {
        "agent": agent,
        "todo": make_todo(steady, agent)["id"],
        "command": send_command(steady, agent)["id"],
        "task": make_task(steady)["id"],
    }


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_any_json_is_answered_in_our_own_words(steady: httpx.Client, ids: dict[str, str], call: Call) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(bodies(call))
    def answered(body: Any) -> None:
        text = json.dumps(body)
        for name, value in ids.items():
            text = text.replace(f"{{{name}}}", value)
        answer = steady.request(
            call.method, call.path.format(**ids), content=text, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (200, 201, 204, 400, 404, 409), answer.text
        if answer.status_code >= 400:
            assert well_said(answer.json())

    answered()


def well_said(body: JSON) -> bool:
    error = body["error"]
    return set(body) == {"error"} and bool(error["code"]) and bool(error["message"])
