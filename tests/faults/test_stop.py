"""SIGTERM with many streams and long polls open: they end cleanly, and so does the server, soon."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.database import check_whole, query
from tests.support.event_stream import Reader
from tests.support.serving import Served, served

pytestmark = pytest.mark.faults
MANY, POLLS = 50, 20
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
    answer = api.post("/login", data={"token": "fleet-agent-token-123"}, headers={"Sec-Fetch-Site": "same-origin"})
    return f"{answer.headers['Set-Cookie'].partition(';')[0]}"


def poll(server: Served, agent_id: str, number: int, begun: threading.Barrier) -> int:
    """Wait for a command or for a task that never comes; the answer's status."""
    auth = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=auth, timeout=70) as client:
        begun.wait(60)
        if number % 2:
            wanted = {"status": "sent", "wait": 50}
            return client.get(f"/v1/agents/{agent_id}/commands", params=wanted).status_code
        return client.post("/v1/tasks/claim", json={"agent_id": agent_id, "wait": 50}).status_code


def test_a_server_with_many_streams_and_polls_stops_soon_and_cleanly(server: Served, api: httpx.Client) -> None:
    agent_id = api.post("/v1/agents", json={"name": "Ada", "worktree": "/src"}).json()["id"]
    page = {"path": "/live", "headers": {"Cookie": session(api)}}
    readers = [Reader(server, token=server.token) for _ in range(MANY)]
    readers += [Reader(server, **page, topic="overview") for _ in range(MANY)]  # type: ignore[arg-type]
    assert {reader.status for reader in readers} == {200}
    begun = threading.Barrier(POLLS + 1)

    with ThreadPoolExecutor(2 * MANY + POLLS) as pool:
        polls = [pool.submit(poll, server, agent_id, number, begun) for number in range(POLLS)]
        begun.wait(60)
        time.sleep(1.0)  # until the polls are held
        reading = [pool.submit(ends, reader) for reader in readers]
        started = time.monotonic()
        code = server.stop()
        took = time.monotonic() - started
        ended = [each.result(60) for each in reading]
        answered = [each.result(60) for each in polls]

    assert code == 0, server.log
    assert took < SOON
    assert all(ended)
    assert sorted(answered) == [200] * (POLLS // 2) + [204] * (POLLS // 2)
    for reader in readers:
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


def test_after_a_stop_the_database_is_whole_in_one_file(server: Served, api: httpx.Client, tmp_path: Path) -> None:
    with Reader(server, token=server.token) as reader:
        reader.frame()
        for number in range(20):
            api.post("/v1/agents", json={"name": f"agent {number}", "worktree": "/src"})
        assert server.stop() == 0

    assert [path.name for path in server.folder.glob("fleet.db-*")] == []
    shutil.copy(server.database, tmp_path / "alone.db")
    assert query(tmp_path / "alone.db", "SELECT count(*) FROM agents")[0][0] == 20
    check_whole(tmp_path / "alone.db")


def test_a_stopped_server_leaves_its_port_and_its_database_to_the_next_one(server: Served) -> None:
    with Reader(server, token=server.token) as reader:
        reader.frame()
        assert server.stop() == 0

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0
    server.start()
    assert server.healthy()
