"""Streams that were taken from the worker: many readers, slow readers, readers that went away."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from fleet.web.live import readers
from fleet.web.live.detached import Detached
from fleet.web.live.followers import Followers
from tests.support.api import make_agent
from tests.support.event_stream import Reader
from tests.support.serving import Served, served

MANY = 60
PATIENCE = 30.0


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """A server of this test's own: its open files are counted."""
    with served(tmp_path) as running:
        yield running


def descriptors(server: Served) -> int:
    """How many files the worker that answers has open."""
    parent = server.process.pid if server.process else 0
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return max(len(os.listdir(f"/proc/{pid}/fd")) for pid in children)  # noqa: PTH208  # counted, not opened


def slow_reader(server: Served) -> socket.socket:
    """A stream whose reader takes nothing beyond the first answer, with a tiny window."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    reader.connect(("127.0.0.1", server.port))
    request = f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n"
    reader.sendall(request.encode())
    assert reader.recv(512).startswith(b"HTTP/1.1 200 OK")
    return reader


def test_every_one_of_many_readers_gets_every_change_in_order(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api)
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(server, token=server.token)) for _ in range(MANY)]
        for reader in readers:
            assert reader.frame().event == "connected"
        for progress in range(1, 31):
            api.patch(f"/v1/agents/{agent['id']}", json={"progress": progress}).raise_for_status()
        for reader in readers:
            seen = [frame.data.get("progress") for frame in reader.frames(30)]
            assert seen == list(range(1, 31))


def test_a_reader_who_is_behind_catches_up_and_then_follows(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api)
    with Reader(server, token=server.token) as first:
        start = first.frame().id
    for progress in range(1, 21):
        api.patch(f"/v1/agents/{agent['id']}", json={"progress": progress})
    with Reader(server, token=server.token, after=start) as reader:
        assert reader.frame().event == "connected"
        api.patch(f"/v1/agents/{agent['id']}", json={"progress": 99})
        seen = [frame.data["progress"] for frame in reader.frames(21)]
    assert seen == [*range(1, 21), 99]


def test_a_slow_reader_is_dropped_and_holds_up_nobody(fresh: Served) -> None:
    with (
        httpx.Client(base_url=fresh.url, headers={"Authorization": f"Bearer {fresh.token}"}, timeout=30) as api,
        closing(slow_reader(fresh)) as slow,
    ):
        agent = make_agent(api)
        with Reader(fresh, token=fresh.token) as quick:
            assert quick.frame().event == "connected"
            for number in range(150):
                message = f"{number} " + "x" * 60_000
                body = {"type": "info", "message": message}
                api.post(f"/v1/agents/{agent['id']}/events", json=body).raise_for_status()
                assert quick.frame().data["event"]["message"].startswith(f"{number} ")
        # More was sent than the kernel's buffers and the bounded remainder hold: the server hung up.
        slow.settimeout(PATIENCE)
        while chunk := slow.recv(1 << 16):
            assert chunk
    assert "too slow" in fresh.log


NOTHING: Any = SimpleNamespace(subjects=frozenset())


class NoSeats:
    """Nobody's places."""

    def leave(self, owner: str) -> None:
        """Nothing to give back."""


def test_a_reader_who_takes_nothing_is_dropped_however_little_waits_for_him() -> None:
    """Comments alone would take years to make up a remainder that is too long."""
    detached: Any = Detached(None, 0.005, NoSeats(), Followers())  # type: ignore[arg-type]  # nothing is followed
    mine, theirs = socket.socketpair()
    detached._sockets.start()
    with closing(theirs):
        mine.setblocking(False)
        reader = readers.Reader(mine.detach(), NOTHING, None, "somebody")  # type: ignore[arg-type]  # not asked for
        detached._readers[reader.fd] = reader
        detached._sockets.add(reader.fd, 0)
        while not reader.remainder:
            detached._send(reader, b": still here\n" * 1000)

        detached.drop_stalled(reader.full_since)
        assert len(detached) == 1, "full for no time yet"
        theirs.recv(10**8)
        detached._resume(reader)
        detached.drop_stalled(reader.full_since + 1)
        assert len(detached) == 1, "all is taken"

        while not reader.remainder:
            detached._send(reader, b": still here\n" * 1000)
        detached.drop_stalled(reader.full_since + 1)
        assert len(detached) == 0


def test_a_reader_who_went_away_leaves_nothing_open(fresh: Served) -> None:
    with Reader(fresh, token=fresh.token) as first:
        assert first.frame().event == "connected"
    before = descriptors(fresh)
    with ExitStack() as stack:
        for _ in range(MANY):
            reader = stack.enter_context(Reader(fresh, token=fresh.token))
            assert reader.frame().event == "connected"
        # The first reader may still have been counted.
        assert descriptors(fresh) >= before + MANY - 2
    deadline = time.monotonic() + PATIENCE
    while descriptors(fresh) > before + 5:
        assert time.monotonic() < deadline, "the server keeps connections of readers who are gone"
        time.sleep(0.05)


def test_a_reader_whose_connection_breaks_off_leaves_nothing_open(fresh: Served) -> None:
    broken = slow_reader(fresh)
    before = descriptors(fresh)
    # A linger time of zero makes close() send a reset instead of a farewell.
    broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    broken.close()
    deadline = time.monotonic() + PATIENCE
    while descriptors(fresh) >= before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_stream_asked_for_by_head_ends_at_once(api: httpx.Client) -> None:
    answer = api.head("/v1/stream")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
