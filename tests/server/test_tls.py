"""https in the process itself: pages, cookies, and streams that go through the library."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.certificate import make_certificate
from tests.support.console import fleet
from tests.support.serving import DEV_TOKEN, Served, served

BEARER = {"Authorization": f"Bearer {DEV_TOKEN}"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def trusting(folder: Path) -> ssl.SSLContext:
    chain, _ = make_certificate(folder)
    return ssl.create_default_context(cafile=str(chain))


@pytest.fixture(scope="module")
def secure(folder: Path, trusting: ssl.SSLContext) -> Iterator[Served]:  # noqa: ARG001  # makes the files
    chain, key = folder / "cert.pem", folder / "key.pem"
    with served(folder, "--dev", "--tls-cert", str(chain), "--tls-key", str(key)) as running:
        yield running


@pytest.fixture
def api(secure: Served, trusting: ssl.SSLContext) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=secure.url, headers=BEARER, verify=trusting, timeout=30) as client:
        yield client


def test_the_session_cookie_is_bound_to_https(api: httpx.Client) -> None:
    answer = api.post("/login", data={"token": DEV_TOKEN}, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-fleet_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_form_without_fetch_metadata_is_taken_from_the_https_origin_only(api: httpx.Client) -> None:
    own = str(api.base_url).rstrip("/")
    form = {"token": DEV_TOKEN}
    with httpx.Client(base_url=own, verify=False) as browser:
        assert browser.post("/login", data=form, headers={"Origin": own}).status_code == 303
        plain = own.replace("https:", "http:")
        assert browser.post("/login", data=form, headers={"Origin": plain}).status_code == 403


def frames(answer: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """What a stream says, frame by frame."""
    while line := answer.readline():
        if line.startswith(b"data:"):
            yield json.loads(line[5:])


def test_many_streams_and_requests_go_on_at_the_same_time(
    secure: Served, api: httpx.Client, trusting: ssl.SSLContext
) -> None:
    wanted, streams = 100, 8
    seen: list[list[str]] = [[] for _ in range(streams)]
    opened = threading.Barrier(streams + 1)

    def follow(names: list[str]) -> None:
        connection = http.client.HTTPSConnection("127.0.0.1", secure.port, context=trusting, timeout=60)
        connection.request("GET", "/v1/stream", headers=BEARER)
        come = frames(connection.getresponse())
        assert next(come)["event"] == "connected"
        opened.wait(60)
        while len(names) < wanted:
            names.append(next(come)["data"]["agent"]["name"])
        connection.close()

    readers = [threading.Thread(target=follow, args=(names,), daemon=True) for names in seen]
    for reader in readers:
        reader.start()
    opened.wait(60)
    for number in range(wanted):
        made = api.post("/v1/agents", json={"name": f"agent {number}", "worktree": "/w" * 200})
        assert made.status_code == 201
    for reader in readers:
        reader.join(60)

    assert seen == [[f"agent {number}" for number in range(wanted)]] * streams


def test_a_stream_under_tls_ends_with_its_credential(secure: Served, trusting: ssl.SSLContext) -> None:
    made = fleet("token", "create", "short", "--role", "viewer", "-d", secure.database)
    token_id, secret = made.stderr.split("Token ")[1].split()[0], made.stdout.strip()
    connection = http.client.HTTPSConnection("127.0.0.1", secure.port, context=trusting, timeout=30)
    connection.request("GET", "/v1/stream", headers={"Authorization": f"Bearer {secret}"})
    answer = connection.getresponse()
    assert answer.readline().startswith(b"id:")

    assert fleet("token", "revoke", token_id, "-d", secure.database).returncode == 0

    began = time.monotonic()
    while answer.readline():
        pass
    assert time.monotonic() - began < 10
    connection.close()


def test_whoever_speaks_no_tls_disturbs_nobody(secure: Served, api: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", secure.port), timeout=20) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"200 OK" not in plain.recv(1000)
    with socket.create_connection(("127.0.0.1", secure.port), timeout=20):
        assert api.get("/health").status_code == 200, "somebody who says nothing holds nobody up"
    assert "Traceback" not in secure.log


def test_a_stop_ends_streams_at_once(tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path)
    with served(tmp_path, "--dev", "--tls-cert", str(chain), "--tls-key", str(key)) as server:
        context = ssl.create_default_context(cafile=str(chain))
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
        connection.request("GET", "/v1/stream", headers=BEARER)
        answer = connection.getresponse()
        answer.readline()
        assert server.process is not None
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
        assert time.monotonic() - began < 8
        connection.close()


def test_a_key_that_does_not_fit_is_said_before_anything_is_served(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    chain, _ = make_certificate(tmp_path / "a")
    _, key = make_certificate(tmp_path / "b")
    database = tmp_path / "fleet.db"

    other = fleet("serve", "--tls-cert", chain, "--tls-key", key, "-d", database, "-p", "0")
    alone = fleet("serve", "--tls-cert", chain, "-d", database, "-p", "0")

    assert other.returncode == 1
    assert "cannot serve https" in other.stderr
    assert alone.returncode == 2
    assert "tls_key" in alone.stderr
    assert "Traceback" not in other.stderr + alone.stderr
