"""Bodies on their way in: malformed, too large, unannounced, and those that never come."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.conftest import PATIENCE, Server, eventually

HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server([], {"SHORT_PATIENCE": "1", "FLEET_LOG_LEVEL": "info"})
    yield made
    made.close()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def all_of(connection: socket.socket) -> bytes:
    """Whatever comes until the other side ends it."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    return answer


def said(server: Server, sent: bytes, *, end: bool = True) -> bytes:
    """All that is answered to these bytes; `end` says that nothing follows them."""
    with connect(server) as connection:
        connection.sendall(sent)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return all_of(connection)


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d+)", answer)]


def post(path: bytes, rest: bytes) -> bytes:
    return HEAD % path + rest


BAD_CHUNKS = {
    "no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "a negative number": b"-1\r\nhello\r\n0\r\n\r\n",
    "a prefix": b"0x1d\r\nhello\r\n0\r\n\r\n",
    "an empty size": b"\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
    "no end of a chunk": b"5\r\nhelloX\r\n0\r\n\r\n",
    "an extension with a bare CR": b"5;a=\rb\r\nhello\r\n0\r\n\r\n",
    "a size line without end": b"1" * 9000,
    "a forbidden trailer": b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
    "a trailer that is none": b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
    "a trailer that is too long": b"5\r\nhello\r\n0\r\nX-A: " + b"x" * 9000 + b"\r\n\r\n",
    "trailers that are too many": b"5\r\nhello\r\n0\r\n" + b"X-A: 1\r\n" * 200 + b"\r\n",
    "an end before its end": b"5\r\nhel",
}


@pytest.mark.parametrize("what", BAD_CHUNKS)
@pytest.mark.parametrize("path", [b"/body", b"/strangers"])
def test_malformed_chunks_are_refused_and_end_the_connection(server: Server, what: str, path: bytes) -> None:
    answer = said(server, post(path, CHUNKED + BAD_CHUNKS[what] + ("before" not in what) * NEXT))

    assert statuses(answer) == [400]
    assert b"Connection: close" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "MALFORMED_BODY"


def test_chunks_that_nobody_reads_are_not_answered_twice(server: Server) -> None:
    answer = said(server, b"POST / HTTP/1.1\r\nHost: localhost\r\n" + CHUNKED + b"zz\r\n" + NEXT)

    assert statuses(answer) == [405]


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"chunked, gzip", b"identity, chunked", b"deflate"])
def test_a_coding_beside_chunks_is_refused(server: Server, coding: bytes) -> None:
    sent = post(b"/body", b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n") + NEXT

    assert statuses(said(server, sent)) == [400]


def test_good_chunks_arrive_whole_and_the_next_request_is_served(server: Server) -> None:
    chunks = b"5;name=value\r\nhello\r\n" + b"1000\r\n" + b"x" * 4096 + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"

    answer = said(server, post(b"/body", CHUNKED + chunks) + NEXT)

    assert statuses(answer) == [200, 200]
    assert b'"bytes":4101' in answer


@pytest.mark.parametrize("kind", [b"application/json", b"application/x-www-form-urlencoded", b"text/plain"])
def test_chunks_beyond_the_limit_are_too_large_whatever_they_are(server: Server, kind: bytes) -> None:
    chunks = (b"8000\r\n" + b"a" * 0x8000 + b"\r\n") * 4 + b"0\r\n\r\n"

    answer = said(server, post(b"/body", b"Content-Type: " + kind + b"\r\n" + CHUNKED + chunks))

    assert statuses(answer) == [413]


def test_a_stranger_has_less_to_say(server: Server) -> None:
    body = b"a" * 70_000
    announced = b"Content-Length: %d\r\n\r\n" % len(body)

    assert statuses(said(server, post(b"/body", announced + body))) == [200]
    assert statuses(said(server, post(b"/strangers", announced + body))) == [413]
    assert statuses(said(server, post(b"/strangers", CHUNKED + b"%X\r\n%b\r\n0\r\n\r\n" % (len(body), body)))) == [413]


def test_whoever_asks_whether_to_go_on_is_told_so_when_the_body_is_wanted(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(post(b"/body", b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"hello" + NEXT)
        connection.shutdown(socket.SHUT_WR)
        assert statuses(all_of(connection)) == [200, 200]


def test_whoever_asks_whether_to_go_on_is_told_at_once_that_it_is_too_large(server: Server) -> None:
    for path in (b"/body", b"/strangers"):
        answer = said(server, post(path, b"Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n"), end=False)
        assert statuses(answer) == [413]
        assert b"Connection: close" in answer


def test_a_body_that_nobody_asked_for_is_not_waited_for(server: Server) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"

    answer = said(server, sent, end=False)

    assert statuses(answer) == [405]
    assert b"Connection: close" in answer


@pytest.mark.parametrize("path", [b"/body", b"/strangers"])
def test_a_body_that_does_not_come_is_given_up(server: Server, path: bytes) -> None:
    for stalled in (b"Content-Length: 9\r\n\r\nhello", CHUNKED + b"5\r\nhel"):
        answer = said(server, post(path, stalled), end=False)
        assert statuses(answer) == [408]
        assert b"Connection: close" in answer


def test_a_body_that_drips_is_given_up(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(post(b"/strangers", b"Content-Length: 60000\r\n\r\n"))
        connection.settimeout(0.1)
        answer = b""
        for _ in range(int(PATIENCE * 10)):
            try:
                connection.sendall(b"a")
                answer += connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
            if answer:
                break
        assert statuses(answer) == [408]


def test_a_head_that_does_not_come_is_given_up(server: Server) -> None:
    for begun in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n"):
        assert said(server, begun, end=False) == b""


def test_a_reader_that_does_not_read_is_given_up(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        local = f":{connection.getsockname()[1]:04X}"

        def given_up() -> bool:
            with Path("/proc/net/tcp").open() as table:  # the server's end, in no state from ESTABLISHED (01) on
                ours = [line.split() for line in table if local in line.split()[2]]
            return all(line[3] != "01" for line in ours)

        eventually(given_up)


def test_a_connection_that_is_kept_waits_longer_than_a_body_may(server: Server) -> None:
    """A proxy keeps its connections for a minute; what was whole leaves no deadline behind."""
    known = b"GET /known HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(known)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(3.5)
        connection.sendall(known)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_request_names_its_host(server: Server) -> None:
    for sent in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost:\r\n\r\n"):
        answer = said(server, sent + NEXT)
        assert statuses(answer) == [400]
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "MALFORMED_REQUEST"
    assert statuses(said(server, b"GET / HTTP/1.0\r\n\r\n")) == [200], "which HTTP/1.0 did not know"


@pytest.mark.parametrize("target", [b"ftp://localhost/", b"http://user@localhost/", b"http:///", b"x://localhost/"])
def test_an_absolute_target_that_is_none_of_ours_is_refused(server: Server, target: bytes) -> None:
    assert statuses(said(server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")) == [400]


def test_every_fault_leaves_one_line_and_no_trace() -> None:
    server = Server([], {"FLEET_LOG_LEVEL": "info"})
    try:
        for sent in (b"nonsense\r\n\r\n", post(b"/body", CHUNKED + b"zz\r\n"), b"GET / HTTP/1.1\r\n\r\n"):
            assert statuses(said(server, sent)) == [400]
        log = server.end(signal.SIGTERM)[2]
    finally:
        server.close()

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines if line["event"] == "request"] == [400, 400, 400]
    assert "Traceback" not in log
