"""Long polls end with the right to wait (security.md 6)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.api import make_agent, refused
from tests.support.serving import Served
from tests.support.tokens import client, make_token, revoke


@contextmanager
def waiting(call: httpx.Client, method: str, path: str, **more: object) -> Iterator[list[httpx.Response]]:
    """A long poll that is being held; its answer arrives in the list."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(call.request(method, path, **more)))  # type: ignore[arg-type]
    thread.start()
    time.sleep(0.5)
    assert not answers, answers
    yield answers
    thread.join(40)
    assert answers


@pytest.mark.parametrize("way", ["commands", "claim"])
def test_a_revoked_tokens_long_poll_ends_long_before_its_time(server: Served, api: httpx.Client, way: str) -> None:
    agent = make_agent(api)["id"]
    token = make_token(server, "operator")
    calls = {
        "commands": ("GET", f"/v1/agents/{agent}/commands?status=sent&wait=55", {}),
        "claim": ("POST", "/v1/tasks/claim", {"json": {"agent_id": agent, "wait": 55}}),
    }
    method, path, more = calls[way]

    with client(server, token.secret) as caller, waiting(caller, method, path, **more) as answers:
        began = time.monotonic()
        revoke(server, token)

    assert refused(answers[0], 401, "INVALID_TOKEN")
    assert time.monotonic() - began < 40, "it must not wait for its 55 seconds"
