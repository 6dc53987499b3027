"""What goes over the wire: the same as ever, in fewer pieces."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from gunicorn.config import Config

from fleet.server.gunicorn_response import BufferedResponse
from tests.server.conftest import Server


@dataclass
class Asked:
    """As much of a request as an answer looks at."""

    method: str = "GET"
    version: tuple[int, int] = (1, 1)
    environ: dict[str, str] = field(default_factory=dict)

    def should_close(self) -> bool:
        return False


@dataclass
class Wire:
    """A socket that takes `most` bytes with one send."""

    most: int = 1 << 20
    sends: list[bytes] = field(default_factory=list)

    def send(self, data: bytes) -> int:
        self.sends.append(bytes(data[: self.most]))
        return len(self.sends[-1])

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0, "never for ever"


def answer(wire: Wire, *headers: tuple[str, str], status: str = "200 OK", method: str = "GET") -> Any:
    made: Any = BufferedResponse(Asked(method), wire, Config())
    made.start_response(status, list(headers))
    return made


def test_head_and_body_leave_together() -> None:
    wire = Wire()
    made = answer(wire, ("Content-Length", "5"), ("X-One", "1"))

    made.write(b"hello")
    made.close()

    [sent] = wire.sends
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    named = dict(line.split(": ") for line in fields)
    assert (first, body) == ("HTTP/1.1 200 OK", b"hello")
    assert (named["Content-Length"], named["X-One"], named["Connection"]) == ("5", "1", "keep-alive")
    assert parsedate_to_datetime(named["Date"]).tzinfo is not None


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_is_a_head(status: str) -> None:
    wire = Wire()

    answer(wire, status=status).close()

    [sent] = wire.sends
    assert sent.startswith(f"HTTP/1.1 {status}\r\n".encode())
    assert sent.endswith(b"\r\n\r\n")
    assert b"chunked" not in sent


def test_the_answer_to_head_holds_no_body() -> None:
    wire = Wire()
    made = answer(wire, ("Content-Length", "5"), method="HEAD")

    made.write(b"hello")
    made.close()

    assert b"".join(wire.sends).endswith(b"Content-Length: 5\r\n\r\n")


def test_a_body_of_unknown_length_goes_in_chunks() -> None:
    wire = Wire()
    made = answer(wire)

    made.write(b"first")
    made.write(b"")
    made.write(b"x" * 20)
    made.close()

    head, _, body = wire.sends[0].partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert [body, *wire.sends[1:]] == [b"5\r\nfirst\r\n", b"14\r\n" + b"x" * 20 + b"\r\n", b"0\r\n\r\n"]


def test_what_a_full_socket_does_not_take_at_once_follows() -> None:
    wire, body = Wire(most=100), bytes(range(256)) * 40
    made = answer(wire, ("Content-Length", str(len(body))))

    made.write(body)
    made.close()

    assert len(wire.sends[0]) == 100
    assert b"".join(wire.sends).partition(b"\r\n\r\n")[2] == body


def test_no_header_can_smuggle_in_another_one() -> None:
    with pytest.raises(Exception, match="X-Bad"):
        answer(Wire(), ("X-Bad", "a\r\nX-Other: b"))


@pytest.fixture
def connect(start: Callable[..., Server]) -> Iterator[Callable[[], socket.socket]]:
    server, opened = start(), []

    def one() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=30))
        return opened[-1]

    yield one
    for each in opened:
        each.close()


def test_a_connection_with_many_requests_does_not_keep_the_others_waiting(
    connect: Callable[[], socket.socket],
) -> None:
    # Few enough for their answers to fit into the sockets' buffers: only the server decides.
    many, greedy, other = 60, connect(), connect()

    greedy.sendall(asking("/busy") * many)
    greedy.recv(1, socket.MSG_PEEK)  # it has its turn
    other.sendall(asking("/"))
    assert other.recv(4000).startswith(b"HTTP/1.1 200")

    assert greedy.recv(1 << 20, socket.MSG_PEEK).count(b"HTTP/1.1 200") < many


def asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
