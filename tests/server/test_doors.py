"""Nobody holds the door shut: strangers have a share of the places, and what is no request is refused like any other."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from fleet.server.doors import LEAST, Doors
from fleet.web.framework.messages import ALWAYS
from tests.support.serving import Served, served

PATIENCE = 30.0
PLACES = 60
FORM = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
)


@dataclass(eq=False)
class Visitor:
    known: bool = False


def enter(doors: Doors, host: str, known: bool = False) -> str | None:
    return doors.enter(Visitor(known), (host, 1))


def test_a_network_of_strangers_has_a_share_and_gets_it_back() -> None:
    doors = Doors(10_000)
    inside = [Visitor() for _ in range(1000)]
    assert all(doors.enter(one, ("192.0.2.1", 1)) for one in inside)

    assert enter(doors, "192.0.2.1") is None
    assert enter(doors, "192.0.2.2") is not None
    doors.leave(inside[0], "192.0.2.1")
    assert enter(doors, "192.0.2.1") is not None


def test_whoever_has_shown_a_credential_does_not_count() -> None:
    doors = Doors(100)
    for _ in range(500):
        assert enter(doors, "192.0.2.1", known=True) is not None
    assert [enter(doors, "192.0.2.1") is None for _ in range(LEAST + 1)] == [False] * LEAST + [True]


def test_whoever_has_one_ipv6_address_has_its_network() -> None:
    doors = Doors(100)
    entered = [enter(doors, f"2001:db8:0:1::{number:x}") for number in range(1, LEAST + 2)]
    assert entered[-1] is None
    assert enter(doors, "2001:db8:0:2::1") is not None


def test_a_trusted_proxy_is_everybody() -> None:
    doors = Doors(100, ["10.0.0.0/8", "::1/128"])
    assert doors.trusts(("10.1.2.3", 80))
    assert doors.trusts(("::1", 80, 0, 0))
    assert not doors.trusts(("192.0.2.1", 80))
    assert not doors.trusts("")
    assert not Doors(100).trusts(("10.1.2.3", 80))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Fleet of sixty places that answers three strangers' requests a second."""
    few = {"FLEET_WORKER_CONNECTIONS": str(PLACES), "FLEET_RATE_LIMIT_ANONYMOUS": "3"}
    with served(tmp_path_factory.mktemp("small"), "--dev", environment=few) as running:
        yield running


def connect(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def said(server: Served, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the one answer to these bytes, after which the connection ends."""
    with connect(server) as connection:
        connection.sendall(sent)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), dict(field.split(": ", 1) for field in fields), body


def eventually_said(server: Served, sent: bytes, status: int) -> tuple[dict[str, str], bytes]:
    """The same, once the rate limit lets it through."""
    for _ in range(1000):
        found, headers, body = said(server, sent)
        if found != 429:
            break
    assert found == status, body
    return headers, body


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "MALFORMED_REQUEST"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "URI_TOO_LONG"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n", 501, "UNSUPPORTED_TRANSFER_CODING"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n", 417, "EXPECTATION_FAILED"),
    ],
)
def test_what_is_no_request_is_refused_in_our_shape(small: Served, sent: bytes, status: int, code: str) -> None:
    headers, body = eventually_said(small, sent, status)

    error = json.loads(body)["error"]
    assert error["code"] == code
    assert error["message"]
    assert headers["Connection"] == "close"
    assert headers["X-Request-Id"]
    assert dict(ALWAYS).items() <= headers.items()


def test_what_is_no_request_counts_for_the_rate_limit(small: Served) -> None:
    found: set[int] = set()
    while found != {400, 429}:
        found.add(said(small, b"nonsense\r\n\r\n")[0])
        assert found <= {400, 429}


def test_an_absolute_target_is_asked_of_its_own_host(small: Served) -> None:
    _, body = eventually_said(
        small,
        b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n"
        b"Accept: application/json\r\nConnection: close\r\n\r\n",
        421,
    )
    assert json.loads(body)["error"]["code"] == "MISDIRECTED_REQUEST"
    for target in (b"http://localhost/health", b"http://127.0.0.1:1/health"):
        sent = b"GET " + target + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        eventually_said(small, sent, 200)


def test_strangers_who_stall_do_not_shut_a_small_server(small: Served) -> None:
    """Sixty stalled forms held the sixty places of a server for as long as they liked."""
    stalled = [connect(small) for _ in range(PLACES * 2)]
    try:
        for one in stalled:
            try:
                one.sendall(FORM)
            except OSError:  # refused already
                continue
        with connect(small) as late:
            late.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert re.match(rb"HTTP/1\.1 (200|429)", late.recv(65536)), "from the same address: told why at least"
        ended = [one.recv(65536) for one in stalled]
        assert all(re.match(rb"HTTP/1\.1 (408|429)|$", answer) for answer in ended)
    finally:
        for one in stalled:
            one.close()


def test_a_strangers_form_for_what_is_not_open_is_refused_before_it_is_read(small: Served) -> None:
    for path in (b"/agents", b"/agents/agt_1", b"/logout"):
        eventually_said(small, FORM.replace(b"/login", path) + b"name=", 401)
