"""SIGTERM with many streams and long polls open: they end cleanly, and so does the server, soon."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving import Served, served
from tests.web.streaming import Reader

pytestmark = pytest.mark.faults
MANY = 50
SOON = 10.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server that this test stops."""
    with served(tmp_path) as running:
        yield running


def ends(reader: Reader) -> bool:
    """Read to the end; True when the stream was ended, not cut off."""
    while reader.block() is not None:
        pass
    # The last chunk of a chunked answer has come, or the connection was closed in good order.
    return reader.answer.isclosed() or reader.answer.read() == b""


def session(api: httpx.Client) -> str:
    """The cookie of somebody who is signed in."""
    answer = api.post(
        "/login", data={"token": "fleet-agent-token-123"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    return f"{answer.headers['Set-Cookie'].partition(';')[0]}"


def test_a_server_with_many_streams_and_polls_stops_soon_and_cleanly(
    server: Served, api: httpx.Client
) -> None:
    agent_id = api.post("/v1/agents", json={"name": "Ada", "worktree": "/src"}).json()["id"]
    cookie = session(api)
    streams = [Reader(server, token=server.token) for _ in range(MANY)]
    pages = [Reader(server, path="/live", headers={"Cookie": cookie}, topic="overview") for _ in range(MANY)]
    assert {reader.status for reader in streams + pages} == {200}
    for reader in streams:
        reader.frame()
    auth = {"Authorization": f"Bearer {server.token}"}
    answered: list[int] = []
    begun = threading.Barrier(2 * 10 + 1)

    def poll(number: int) -> None:
        with httpx.Client(base_url=server.url, headers=auth, timeout=70) as client:
            begun.wait(60)
            if number % 2:
                answer = client.get(f"/v1/agents/{agent_id}/commands", params={"status": "sent", "wait": 50})
            else:
                answer = client.post("/v1/tasks/claim", json={"agent_id": agent_id, "wait": 50})
            answered.append(answer.status_code)

    with ThreadPoolExecutor(2 * MANY + 20) as pool:
        polls = [pool.submit(poll, number) for number in range(20)]
        begun.wait(60)
        time.sleep(1.0)  # until the polls are held
        reading = [pool.submit(ends, reader) for reader in streams + pages]
        started = time.monotonic()

        code = server.stop()

        took = time.monotonic() - started
        assert all(each.result(60) for each in reading)
        for each in polls:
            each.result(60)
    assert code == 0, server.log
    assert took < SOON
    assert sorted(answered) == [200] * 10 + [204] * 10
    for reader in streams + pages:
        reader.__exit__()


def test_the_log_of_a_stop_holds_no_trace(server: Served) -> None:
    readers = [Reader(server, token=server.token) for _ in range(5)]
    for reader in readers:
        reader.frame()

    assert server.stop() == 0

    assert "Traceback" not in server.log
    for reader in readers:
        assert reader.to_the_end() == []
        reader.__exit__()


def test_a_stopped_server_leaves_its_port_and_its_database_to_the_next_one(server: Served) -> None:
    with Reader(server, token=server.token) as reader:
        reader.frame()
        assert server.stop() == 0

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0
    server.start()
    assert server.healthy()
