"""The demo's connection: tries again where that helps, and says clearly where it does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader

import pytest

from fleet.demo.transport import Missing, Refused, Stopped, Transport, Unauthorized, Unreachable

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": "x"}'
HANG_UP = b""


def refusal(status: int, code: str = "", message: str = "") -> bytes:
    body = b'{"error": {"code": "%s", "message": "%s"}}' % (code.encode(), message.encode())
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def whole(stream: BufferedReader) -> str:
    """The next request with its body; "" at the end of the connection."""
    head, length = b"", 0
    while (line := stream.readline()).strip():
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return (head + stream.read(length)).decode()


@dataclass
class Scripted:
    """A server that gives the prepared replies, one for each request, and then says nothing."""

    replies: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("localhost", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while request := whole(stream):
            self.requests.append(request)
            reply = self.replies.pop(0) if self.replies else None
            if reply == HANG_UP:
                connection.shutdown(socket.SHUT_RDWR)
                return
            if reply is not None:
                connection.sendall(reply)

    def close(self) -> None:
        # shutdown, since closing alone does not wake an accept that waits.
        self.listener.shutdown(socket.SHUT_RDWR)
        for each in (self.listener, *self.open):
            each.close()
        self.thread.join(2)

    def keys(self) -> list[str]:
        lines = [line for request in self.requests for line in request.splitlines()]
        return [line for line in lines if line.startswith("Idempotency-Key: ")]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()


@pytest.fixture
def transport(scripted: Scripted) -> Iterator[Transport]:
    transport = Transport(scripted.url, "secret", threading.Event(), tries=3, timeout=5)
    yield transport
    transport.close()


def test_a_connection_is_used_again(scripted: Scripted, transport: Transport) -> None:
    scripted.replies += [OK, OK, OK]
    for _ in range(3):
        assert transport.send("GET", "/v1/fleet/status") == {"id": "x"}
    assert scripted.connections == 1
    assert "Authorization: Bearer secret" in scripted.requests[0]


def test_a_post_is_repeated_under_the_same_key(scripted: Scripted, transport: Transport) -> None:
    scripted.replies += [HANG_UP, refusal(503), OK]
    assert transport.send("POST", "/v1/tasks", {"title": "x"}) == {"id": "x"}
    assert len(scripted.keys()) == 3
    assert len(set(scripted.keys())) == 1


def test_each_post_has_a_key_of_its_own(scripted: Scripted, transport: Transport) -> None:
    scripted.replies += [OK, OK]
    transport.send("POST", "/v1/tasks", {})
    transport.send("POST", "/v1/tasks", {})
    assert len(set(scripted.keys())) == 2


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorized), (403, Unauthorized), (404, Missing), (409, Refused)]
)
def test_a_refusal_is_final_and_in_the_servers_words(
    scripted: Scripted, transport: Transport, status: int, kind: type[Refused]
) -> None:
    scripted.replies += [refusal(status, "SOME_CODE", "Some words")]
    with pytest.raises(kind, match="Some words") as caught:
        transport.send("PATCH", "/v1/agents/x", {})
    assert (caught.value.status, caught.value.code) == (status, "SOME_CODE")
    assert len(scripted.requests) == 1


def test_an_address_where_nobody_listens_is_named() -> None:
    with socket.create_server(("localhost", 0)) as listener:
        url = f"http://localhost:{listener.getsockname()[1]}"
    with pytest.raises(Unreachable, match=url):
        Transport(url, "", threading.Event(), tries=1).send("GET", "/")


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="not the address"):
        Transport("ftp://example.net", "", threading.Event())


def test_a_request_that_waits_ends_when_the_demo_stops(scripted: Scripted) -> None:
    stop = threading.Event()
    transport = Transport(scripted.url, "", stop)
    ended: list[float] = []

    def wait() -> None:
        with pytest.raises(Stopped):
            transport.send("GET", "/v1/agents/x/commands", wait=25)
        ended.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    while not scripted.requests:
        time.sleep(0.01)
    stop.set()
    began = time.monotonic()
    transport.interrupt()
    thread.join(5)
    assert ended[0] - began < 1
    transport.close()
