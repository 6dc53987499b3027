"""Tickets: opening a stream where no header can be sent (design.md, section 4)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import httpx
import pytest

from tests.support.api import good, make_agent, refused
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import browser, client, make_token, revoke


def ticket(api: httpx.Client, path: str = "/v1/stream") -> str:
    made = good(api.post("/v1/stream-tickets", json={"path": path}), 201)
    assert (made["path"], made["connect_within"]) == (path, 60)
    assert made["expires_at"].endswith("Z")
    return str(made["ticket"])


def status(server: Served, path: str, token: str) -> int:
    with Reader(server, path=path, token_in_query=token) as reader:
        return reader.status


def test_a_ticket_opens_its_stream_and_opens_it_again(server: Served, api: httpx.Client) -> None:
    secret = ticket(api)

    for _ in range(3):
        with Reader(server, token_in_query=secret) as reader:
            assert reader.frame().event == "connected"
            agent = make_agent(api)
            assert reader.frame().data["agent_id"] == agent["id"]


def test_a_ticket_is_good_for_its_own_path_only(server: Served, api: httpx.Client) -> None:
    for path, other in (("/v1/stream", "/live"), ("/live", "/v1/stream")):
        secret = ticket(api, path)
        assert status(server, other, secret) == 401
        assert status(server, path, secret) == 200
        assert status(server, other, secret) == 401
    for path in ("/v1/agents", "/v1/fleet/status", "/agents"):
        answer = httpx.get(f"{server.url}{path}", params={"token": secret}, headers={"Accept": "application/json"})
        assert answer.status_code == 401


def test_a_ticket_is_no_bearer_token_and_no_cookie(server: Served, api: httpx.Client) -> None:
    secret = ticket(api)

    with client(server, secret) as bearer:
        refused(bearer.get("/v1/agents"), 401, "INVALID_TOKEN")
        refused(bearer.get("/v1/stream"), 401, "INVALID_TOKEN")
    with client(server, Cookie=f"fleet_session={secret}") as cookie:
        refused(cookie.get("/v1/agents"), 401)


def test_a_real_token_in_the_query_opens_nothing(server: Served) -> None:
    token = make_token(server, "admin")

    for secret in (token.secret, server.token):
        assert status(server, "/v1/stream", secret) == 401


def test_a_header_and_a_cookie_open_the_stream_as_well(server: Served) -> None:
    with Reader(server, token=server.token) as reader:
        assert reader.frame().event == "connected"
    with browser(server, server.token) as signed_in:
        cookie = f"fleet_session={signed_in.cookies['fleet_session']}"
    with Reader(server, headers={"Cookie": cookie}) as reader:
        assert reader.frame().event == "connected"
    with Reader(server) as reader:
        assert reader.status == 401


def test_a_ticket_must_be_used_within_a_minute(server: Served, api: httpx.Client) -> None:
    used, unused = ticket(api), ticket(api)
    assert status(server, "/v1/stream", used) == 200

    with closing(sqlite3.connect(server.database, timeout=10)) as database, database:
        database.execute("UPDATE tokens SET created_at = '2020-01-01 00:00:00.000000' WHERE kind = 'ticket'")

    assert status(server, "/v1/stream", unused) == 401
    assert status(server, "/v1/stream", used) == 200


def test_revoking_the_issuer_ends_the_tickets_stream_and_the_ticket(server: Served) -> None:
    issuer = make_token(server, "viewer")
    with client(server, issuer.secret) as api:
        secret = ticket(api)
    with Reader(server, token_in_query=secret) as reader:
        reader.frame()
        revoke(server, issuer)
        assert reader.to_the_end() == []

    assert status(server, "/v1/stream", secret) == 401


@pytest.mark.parametrize("path", ["/v1/agents", "/", "", "/v1/stream?events=all", "//v1/stream", None, 7])
def test_there_are_tickets_for_streams_only(api: httpx.Client, path: object) -> None:
    refused(api.post("/v1/stream-tickets", json={"path": path}), 400)


def test_every_ticket_is_another_one_and_none_is_stored_or_logged(server: Served, api: httpx.Client) -> None:
    secrets = [ticket(api) for _ in range(2)]
    kept = {"Idempotency-Key": "the-same"}
    answer = api.post("/v1/stream-tickets", json={"path": "/live"}, headers=kept).json()
    again = api.post("/v1/stream-tickets", json={"path": "/live"}, headers=kept).json()

    assert len({*secrets, answer["ticket"]}) == 3
    assert again.get("ticket") is None, "an answer that held a secret is replayed without it"
    stored = b"".join(file.read_bytes() for file in server.folder.glob("fleet.db*"))
    for secret in (*secrets, answer["ticket"]):
        assert secret.encode() not in stored
        assert secret not in server.log
