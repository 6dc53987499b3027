"""The connection: tries again where that helps, and says clearly where it does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from fleet.client import Missing, Refused, Stopped, Transport, Unauthorized, Unreachable
from tests.support.scripted_server import HANG_UP, OK, Scripted, refusal


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


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (403, Unauthorized), (404, Missing), (409, Refused)])
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


def test_a_request_that_waits_ends_when_its_caller_stops(scripted: Scripted) -> None:
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
