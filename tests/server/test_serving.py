"""The server around any application: how it ends, what it logs, whom it believes."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from http.client import HTTPResponse

import pytest

from tests.server.conftest import Server, answers, eventually

Start = Callable[..., Server]


def opened(server: Server, path: str) -> HTTPResponse:
    """A stream whose first bytes have come."""
    stream = server.get(path)
    assert stream.readline() == b": open\n"
    return stream


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_streams_end_in_good_order_when_the_server_stops(start: Start, signal_number: int) -> None:
    server = start()
    streams = [opened(server, "/stream") for _ in range(20)]

    code, out, log = server.end(signal_number)

    assert (code, out, log) == (0, "hook\n", "")
    for stream in streams:
        assert stream.read().endswith(b"data: bye\n\n")


def test_a_request_in_flight_is_answered_before_the_server_stops(start: Start) -> None:
    server = start()
    server.pid()  # it serves by now
    connection = server.connect()
    connection.request("GET", "/slow")
    time.sleep(0.1)

    code, _, _ = server.end(signal.SIGTERM)

    assert (code, connection.getresponse().read()) == (0, b"done")


def test_a_stream_that_does_not_end_is_cut_off_after_the_graceful_timeout(start: Start) -> None:
    server = start()
    opened(server, "/stuck")

    code, _, log = server.end(signal.SIGTERM)

    assert code == 0
    assert json.loads(log)["event"] == "1 requests were cut off"


def test_an_idle_kept_alive_connection_does_not_delay_the_end(start: Start) -> None:
    server = start(FLEET_LOG_LEVEL="warn")
    server.ask(server.connect(), "/").read()

    assert server.end(signal.SIGTERM)[0::2] == (0, "")


def test_a_killed_worker_is_replaced(start: Start) -> None:
    server = start()
    killed = server.pid()

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: server.pid() != killed)


def test_hangup_replaces_the_worker_without_refusing_a_connection(start: Start) -> None:
    server = start()
    before = server.pid()

    server.process.send_signal(signal.SIGHUP)

    eventually(lambda: server.pid() != before)


def test_nothing_goes_on_serving_when_the_parent_is_killed(start: Start) -> None:
    server = start()

    server.process.kill()

    eventually(lambda: not answers(server.port))


def test_there_is_never_a_second_worker(start: Start) -> None:
    server = start(WEB_CONCURRENCY="4")
    server.process.send_signal(signal.SIGTTIN)
    worker = server.pid()

    assert {server.pid() for _ in range(20)} == {worker}


def test_requests_are_logged_at_debug_without_their_query(start: Start) -> None:
    server = start(FLEET_LOG_LEVEL="debug")
    server.get("/?token=flk_secret").read()

    log = server.end(signal.SIGTERM)[2]

    (line,) = [json.loads(line) for line in log.splitlines() if '"path"' in line]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/", 200)
    assert len(line["request_id"]) == 16
    assert "secret" not in log


def test_requests_are_not_logged_at_info(start: Start) -> None:
    server = start()
    server.get("/").read()

    assert server.end(signal.SIGTERM)[2] == ""


def test_forwarded_headers_are_left_to_the_application(start: Start) -> None:
    answer = start().get("/", {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"})

    assert json.loads(answer.read())["scheme"] == "http"


def test_a_request_line_beyond_the_limit_is_refused(start: Start) -> None:
    assert start().get("/?" + "x" * 9000).status == 414
