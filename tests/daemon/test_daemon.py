"""When a daemon tries again, what it does where no WebSocket gets through, and what it says about it."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from fleet import protocol
from fleet.daemon import daemon, reports
from fleet.daemon.reports import REPORT_MOST
from tests.support.daemon_parts import KEY, Host
from tests.support.link_server import OWN, WELCOME, Behaviour, Line, LinkServer, answer, welcome_and_stay

Serve = Callable[..., LinkServer]
MakeHost = Callable[..., Host]


def bye(code: int, retry_after: float | None) -> Behaviour:
    def behave(line: Line) -> None:
        line.welcome()
        line.say({"type": "bye", "code": code, "retry_after": retry_after})
        line.speaker.send_close(code)
        line.write()
        line.stay()

    return behave


def close_alone(code: int) -> Behaviour:
    def behave(line: Line) -> None:
        line.upgrade()
        line.speaker.send_close(code)
        line.write()
        line.stay()

    return behave


def last_wait(here: Host) -> float:
    return here.waits[-1]


def test_a_server_that_restarts_has_its_hosts_back_spread_over_the_span_that_it_named(
    serve: Serve, host: MakeHost
) -> None:
    here = host(serve(bye(protocol.SERVER_STOPS, 30), welcome_and_stay).url)
    here.start()
    here.until(lambda: len(here.work.welcomes) == 2)

    assert here.waits == [30]


def test_a_restart_that_is_only_said_by_the_close_spreads_hosts_too(serve: Serve, host: MakeHost) -> None:
    here = host(serve(close_alone(protocol.SERVER_STOPS), welcome_and_stay).url)
    here.start()
    here.until(lambda: here.work.welcomes)

    assert here.waits == [10]


@pytest.mark.parametrize("behaviour", [bye(protocol.CLONE, None), close_alone(protocol.CLONE)])
def test_a_clone_says_so_and_how_to_enrol_anew_and_tries_hourly_only(
    serve: Serve, host: MakeHost, said: Callable[[], str], behaviour: Behaviour
) -> None:
    server = serve(behaviour)
    here = host(server.url)
    here.start()
    here.until(lambda: "cloned" in said())

    assert f"`fleet-daemon enrol --again --url {server.url} --key-stdin`" in said()
    assert 3000 < waiting(here) <= 3600
    assert len(server.lines) == 1


def waiting(here: Host) -> float:
    """The span that was drawn for the next try, in seconds."""
    return 3600.0 * last_wait(here)


def test_a_key_that_was_ended_is_tried_hourly(serve: Serve, host: MakeHost, said: Callable[[], str]) -> None:
    server = serve(bye(protocol.KEY_ENDED, None))
    here = host(server.url)
    here.start()
    here.until(lambda: "key of this host was ended" in said())

    assert 3000 < waiting(here) <= 3600


def test_401_says_what_to_do_and_is_tried_hourly(serve: Serve, host: MakeHost, said: Callable[[], str]) -> None:
    server = serve(answer(401, OWN))
    here = host(server.url)
    here.start()
    here.until(lambda: "does not know this host's key" in said())

    assert "fleet-daemon enrol --again" in said()
    assert KEY not in said()
    assert 3000 < waiting(here) <= 3600


def test_503_is_left_in_peace_for_as_long_as_it_says(
    serve: Serve, host: MakeHost, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = host(serve(answer(503, headers="Retry-After: 7\r\n")).url)
    waits: list[float] = []
    monkeypatch.setattr(here.loop, "later", spy(waits, here.loop.later))
    here.start()
    here.until(lambda: "is busy" in said())

    assert any(7 <= wait < 8 for wait in waits)


def spy(waits: list[float], later: Any) -> Any:
    def noted(seconds: float, callback: Any) -> Any:
        waits.append(seconds)
        return later(seconds, callback)

    return noted


def test_another_address_that_the_server_points_to_is_never_followed(
    serve: Serve, host: MakeHost, said: Callable[[], str]
) -> None:
    other = serve(welcome_and_stay)
    server = serve(answer(302, headers=f"Location: {other.url}/v1/link?secret=1\r\n"))
    here = host(server.url)
    here.start()
    here.until(lambda: len(here.waits) >= 6)

    assert other.lines == []
    assert 'put that into "url"' in said()
    assert "secret" not in said()


def test_the_wait_doubles_up_to_a_minute(serve: Serve, host: MakeHost) -> None:
    here = host(serve(answer(403, OWN)).url)
    here.start()
    here.until(lambda: len(here.waits) >= 9)

    assert here.waits[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_same_reason_is_written_once(serve: Serve, host: MakeHost, said: Callable[[], str]) -> None:
    here = host(serve(answer(403, OWN)).url)
    here.start()
    here.until(lambda: len(here.waits) >= 9)

    assert said().count("refuses the link") == 1


def test_a_look_up_of_a_name_that_never_ends_is_left_alone_and_tried_again(
    serve: Serve, host: MakeHost, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]
) -> None:
    gate, look_up, asked = threading.Event(), socket.getaddrinfo, []

    def hangs_at_first(*arguments: Any, **options: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 1:
            gate.wait(20)
        return look_up(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hangs_at_first)
    monkeypatch.setattr(daemon, "STUCK_AFTER", 0.3)
    monkeypatch.setattr(daemon, "STUCK_MOST", 1000)
    here = host(serve(welcome_and_stay).url)
    here.start()
    here.until(lambda: here.work.welcomes)
    gate.set()

    assert "No address of localhost was found" in said()


class ByReports:
    """A server behind something that lets no WebSocket through; `script` gives the frames for each report."""

    def __init__(self, script: Callable[[dict[str, Any]], list[dict[str, Any]]], upgrade: bytes | None) -> None:
        self.script = script
        self.upgrade = upgrade
        self.bodies: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.heads: list[str] = []
        self.open = False

    def __call__(self, line: Line) -> None:
        head = line.sock.recv(5, 2)  # MSG_PEEK
        if head.startswith(b"GET"):
            if self.open:
                welcome_and_stay(line)
            elif self.upgrade is not None:
                line.head()
                line.sock.sendall(self.upgrade)
            return
        head, _, body = line.head().partition(b"\r\n\r\n")
        self.heads.append(head.decode())
        length = next(int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-l"))
        while len(body) < length:
            body += line.some()
        self.sizes.append(length)
        self.bodies.append(json.loads(body))
        said = json.dumps({"status": "ok", "frames": self.script(self.bodies[-1]), "beat": 0.05}).encode()
        line.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))


def hospitable(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Says welcome to hello."""
    return [WELCOME for frame in body["frames"] if frame["type"] == "hello"]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "SPACING", 0.01)


BLOCKS = {
    "502": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    "400 with a page": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\n<p/>",
    "401 of a portal": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\n<p/>",
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "403 in another's JSON": b'HTTP/1.1 403 Forbidden\r\nContent-Length: 19\r\n\r\n{"error": "policy"}',
    "503": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "200": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "hung up": None,
}


@pytest.mark.parametrize("how", BLOCKS)
def test_where_upgrades_are_blocked_it_works_by_reports(
    serve: Serve, host: MakeHost, said: Callable[[], str], how: str
) -> None:
    server = ByReports(hospitable, BLOCKS[how])
    here = host(serve(server).url)
    here.start()
    here.until(lambda: here.work.welcomes)

    assert len(here.waits) == 2, "the third failure in a row is followed by a report"
    first = server.bodies[0]
    assert first["take"] is True
    assert {"hostname", "os", "disk_percent", "uptime_s"} <= set(first)
    assert [frame["type"] for frame in first["frames"]] == ["hello"]
    assert "POST /api/agents/agt_1/report HTTP/1.1" in server.heads[0]
    assert f"X-Agent-Key: {KEY}" in server.heads[0]
    assert "by reports" in said()
    assert json.loads((here.state / "link.json").read_text())["by"] == "reports"


def test_each_report_after_the_welcome_says_which_session_it_goes_on_with(serve: Serve, host: MakeHost) -> None:
    server = ByReports(hospitable, None)
    here = host(serve(server).url)
    here.start()
    here.until(lambda: len(server.bodies) == 3)

    assert [body.get("session") for body in server.bodies] == [None, "s1", "s1"]


def test_a_proxy_that_does_not_connect_is_asked_for_the_whole_address_by_reports(
    serve: Serve, host: MakeHost, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ByReports(hospitable, None)
    connects: list[bytes] = []

    def proxy(line: Line) -> None:
        if line.sock.recv(7, socket.MSG_PEEK) == b"CONNECT":
            connects.append(line.head())
            line.sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\n<p/>")
        else:
            server(line)

    monkeypatch.setenv("http_proxy", f"http://me:pa55@127.0.0.1:{serve(proxy).port}")
    here = host("http://fleet.test:8080/base", plaintext=True)
    here.start()
    here.until(lambda: here.work.welcomes)

    assert len(connects) == 3
    assert server.heads[0].startswith("POST http://fleet.test:8080/base/api/agents/agt_1/report HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic " in server.heads[0]
    assert "pa55" not in said()


def test_where_nothing_gets_through_each_reason_is_written_once(
    serve: Serve, host: MakeHost, said: Callable[[], str]
) -> None:
    here = host(serve(answer(403, b"<p/>")).url)
    here.start()
    here.until(lambda: len(here.waits) >= 9)

    assert said().count("trying by reports") == 1
    assert said().count("something on the way, or another server, answers HTTP 403") == 1


def test_commands_and_their_output_travel_by_reports_of_half_a_mebibyte_at_most(serve: Serve, host: MakeHost) -> None:
    def script(body: dict[str, Any]) -> list[dict[str, Any]]:
        frames = hospitable(body)
        return [*frames, {"type": "command", "id": "cmd_1"}] if frames else []

    server = ByReports(script, None)
    here = host(serve(server).url)
    here.start()
    here.until(lambda: here.work.taken)
    data = [bytes([n]) * protocol.CHUNK_MOST for n in range(40)]
    here.work.queue.extend(
        protocol.encode_chunk(protocol.Chunk("stdout", "cmd_1", n * protocol.CHUNK_MOST, piece))
        for n, piece in enumerate(data)
    )
    here.work.queue.append({"type": "ended", "id": "cmd_1"})
    assert here.daemon is not None
    here.daemon.wake()

    def frames() -> list[dict[str, Any]]:
        return [frame for body in server.bodies for frame in body["frames"] if frame["type"] in ("chunk", "ended")]

    here.until(lambda: frames() and frames()[-1]["type"] == "ended")
    chunks = frames()[:-1]

    assert [base64.b64decode(frame["data"]) for frame in chunks] == data
    assert [(frame["stream"], frame["id"], frame["offset"]) for frame in chunks[:2]] == [
        ("stdout", "cmd_1", 0),
        ("stdout", "cmd_1", protocol.CHUNK_MOST),
    ]
    assert max(server.sizes) <= REPORT_MOST


def test_a_report_that_fails_counts_as_a_lost_link_and_begins_with_hello_again(serve: Serve, host: MakeHost) -> None:
    broken: list[bool] = []

    def script(body: dict[str, Any]) -> list[dict[str, Any]]:
        if len(server.bodies) == 3 and not broken:
            broken.append(True)
            raise OSError
        return hospitable(body)

    server = ByReports(script, None)
    here = host(serve(server).url)
    here.start()
    here.until(lambda: len(here.work.welcomes) == 2)

    assert here.work.losses == 1


def test_a_report_whose_answer_only_drips_is_waited_for_no_longer(
    serve: Serve, host: MakeHost, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]
) -> None:
    monkeypatch.setattr(reports, "PATIENCE", 0.3)
    gate = threading.Event()

    def drips(body: dict[str, Any]) -> list[dict[str, Any]]:
        gate.wait(20)
        return hospitable(body)

    here = host(serve(ByReports(drips, None)).url)
    here.start()
    here.until(lambda: "no answer to a report" in said())
    gate.set()
    here.until(lambda: here.work.welcomes)


def test_the_socket_is_tried_again_meanwhile_and_taken_as_soon_as_it_works(serve: Serve, host: MakeHost) -> None:
    server = ByReports(hospitable, None)
    here = host(serve(server).url)
    here.start(socket_again=0.2)
    here.until(lambda: here.work.welcomes)
    server.open = True
    here.until(lambda: len(here.work.welcomes) == 2)

    assert here.work.losses == 1
    assert json.loads((here.state / "link.json").read_text())["by"] == "socket"
    before = len(server.bodies)
    for _ in range(10):
        here.loop.once(0.02)
    assert len(server.bodies) == before


def test_a_server_that_takes_reports_and_gives_no_welcome_is_no_way_around(
    serve: Serve, host: MakeHost, said: Callable[[], str]
) -> None:
    here = host(serve(ByReports(lambda _: [], None)).url)
    here.start()
    here.until(lambda: "no commands by them" in said())
    here.until(lambda: len(here.waits) >= 4)


def test_a_key_that_reports_find_ended_is_tried_hourly(serve: Serve, host: MakeHost, said: Callable[[], str]) -> None:
    def script(_: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"type": "bye", "code": protocol.KEY_ENDED, "retry_after": None}]

    here = host(serve(ByReports(script, None)).url)
    here.start()
    here.until(lambda: "key of this host was ended" in said())

    assert 3000 < waiting(here) <= 3600


@pytest.mark.parametrize("status", [401, 403, 409, 503])
def test_the_servers_own_refusal_is_no_reason_for_reports(serve: Serve, host: MakeHost, status: int) -> None:
    server = serve(answer(status, OWN))
    here = host(server.url)
    here.start()
    here.until(lambda: len(here.waits) >= (1 if status == 401 else 6))

    assert all(line.request is None for line in server.lines)
    assert here.daemon is not None
    assert here.daemon._reports is None


def test_a_stopped_daemon_says_goodbye_and_tries_no_more(serve: Serve, host: MakeHost) -> None:
    ends: list[int] = []

    def behave(line: Line) -> None:
        line.welcome()
        line.stay()
        assert line.speaker.close_rcvd is not None
        ends.append(line.speaker.close_rcvd.code)

    server = serve(behave)
    here = host(server.url)
    here.start()
    here.until(lambda: here.work.welcomes)
    assert here.daemon is not None
    here.daemon.stop()
    here.until(lambda: ends)

    assert (ends, len(server.lines)) == ([1001], 1)
