"""A line for each request: who, what, how long; and never what is secret."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import Served, served
from tests.support.tokens import Token, client, make_token


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("log"), "--log-level", "info") as running:
        yield running


@pytest.fixture(scope="module")
def operator(server: Served) -> Token:
    return make_token(server, "operator")


def lines(server: Served, path: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while True:
        found = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
        wanted = [line for line in found if line.get("path") == path]
        if wanted or time.monotonic() > deadline:
            return wanted
        time.sleep(0.05)


def test_a_line_says_who_did_what_and_how_long_it_took(server: Served, operator: Token) -> None:
    with client(server, operator.secret) as api:
        answer = api.post("/v1/agents?secret=in-the-query", json={"name": "one", "worktree": "/w"})

    [line] = lines(server, "/v1/agents")
    assert (line["method"], line["status"], line["level"]) == ("POST", 201, "info")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["who"] == f"operator-0 ({operator.id})"
    assert line["remote"] == "127.0.0.1"
    assert 0 < line["ms"] < 60_000
    assert line["bytes"] > 0


def test_a_stream_leaves_a_line_when_it_is_opened(server: Served, operator: Token) -> None:
    with client(server, operator.secret) as api, api.stream("GET", "/v1/stream") as answer:
        assert answer.status_code == 200
        [line] = lines(server, "/v1/stream")
    assert line["who"] == f"operator-0 ({operator.id})"


def test_a_refusal_leaves_a_line_without_a_name(server: Served) -> None:
    with client(server, "flt_" + "x" * 40) as stranger:
        assert stranger.get("/v1/tasks").status_code == 401

    [line] = lines(server, "/v1/tasks")
    assert (line["status"], line["who"]) == (401, None)


def test_a_broken_request_is_not_logged_on_the_former_ones_behalf(server: Served, tmp_path: Path) -> None:  # noqa: ARG001
    import socket

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"GET /v1/agents/before HTTP/1.1\r\nHost: localhost\r\n\r\n")
        raw.recv(4000)
        raw.sendall(b"NONSENSE\r\n\r\n")
        raw.recv(4000)
    [before] = lines(server, "/v1/agents/before")
    sharing = [line for line in server.log.splitlines() if before["request_id"] in line]
    assert len(sharing) == 1


def test_health_checks_and_static_files_make_no_noise(server: Served) -> None:
    with client(server) as anybody:
        assert anybody.get("/health").status_code == 200
        assert anybody.get("/static/favicon.svg").status_code == 200
    assert '"/health"' not in server.log
    assert "favicon" not in server.log


def test_no_secret_is_ever_in_the_log(server: Served, operator: Token) -> None:
    with client(server, operator.secret) as api:
        api.get(f"/v1/agents?token={operator.secret}")
        api.get(f"/v1/agents/{operator.secret}")
        api.post("/login", data={"token": operator.secret}, headers={"Sec-Fetch-Site": "same-origin"})
        cookie = api.cookies.get("fleet_session")
        api.get("/", headers={"Authorization": ""})
    assert cookie
    assert operator.secret not in server.log
    assert cookie not in server.log
    assert lines(server, "/v1/agents/flt_***")
