"""One connection, byte by byte: what is served, what is refused, and what ends quietly."""

from __future__ import annotations

import json
import re
import signal
import socket
import struct
from collections.abc import Callable

import pytest

from tests.server.conftest import PATIENCE, Server

Start = Callable[..., Server]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


def said(server: Server, sent: bytes) -> bytes:
    """All that is answered to these bytes, when nothing follows them."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def test_requests_that_come_at_once_are_answered_one_after_another(start: Start) -> None:
    answer = said(start(), GET + b"\r\n" + b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET + b"\r\n")

    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"404", b"200"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/3.7\r\nHost: localhost\r\n\r\n", 400),
        (GET + b"Name without a colon\r\n\r\n", 400),
        (GET + b"Host: other.example\r\n\r\n", 400),
        (GET + b"Script_Name: /elsewhere\r\nX_Forwarded_For: 1.2.3.4\r\n\r\n", 200),
        (GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (GET + b"Transfer-Encoding: gzip\r\n\r\n", 400),
        (GET + b"Transfer-Encoding: strange\r\n\r\n", 501),
        (GET + b"".join(b"X-%d: 1\r\n" % number for number in range(200)) + b"\r\n", 431),
        (GET + b"X-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (GET + b"Expect: a-miracle\r\n\r\n", 417),
    ],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(start: Start, sent: bytes, status: int) -> None:
    answer = said(start(), sent + (GET + b"\r\n" if status != 200 else b""))

    assert int(answer.split()[1]) == status
    assert answer.count(b"HTTP/1.1 ") == 1


def test_whom_to_believe_is_not_gunicorns_to_decide(start: Start) -> None:
    """Names with underscores are dropped, and no header makes the request another one."""
    forged = b"X-Forwarded-Proto: https\r\nX-Forwarded-Protocol: ssl\r\nScript_Name: /x\r\n\r\n"
    answer = said(start(), GET + forged)

    assert answer.startswith(b"HTTP/1.1 200")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["scheme"] == "http"


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET, b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_who_goes_away_in_the_middle_leaves_no_line_in_the_log(start: Start, sent: bytes) -> None:
    server = start()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    connection.sendall(sent)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
    connection.close()

    assert server.get("/slow").read() == b"done"  # by then the other one has been noticed
    assert server.end(signal.SIGTERM)[2] == ""


def test_what_stays_for_ever_is_spared_by_the_collector(start: Start) -> None:
    found = json.loads(start().get("/collected").read())

    assert found["spared"] > 10_000
    assert found["new"] == 10_000
