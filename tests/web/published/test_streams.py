"""Streams of hosts: output as it comes, from any place on, to its end; metrics while somebody looks."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from tests.support.api import eventually, good, refused
from tests.support.daemons import Daemon, Host, enrol, linked
from tests.support.tails import TailReader, text_of
from tests.support.tokens import make_token, revoke
from tests.web.published.conftest import House

DIALECTS = pytest.mark.parametrize(
    "path", ["/api/agents/{host}/stream/commands/{command}", "/v1/agents/{host}/commands/{command}/stream"]
)
METRICS = pytest.mark.parametrize("path", ["/api/agents/{host}/stream/metrics", "/v1/agents/{host}/metrics/stream"])


def begun(house: House, host: Host, daemon: Daemon) -> str:
    body = {"type": "shell", "params": {"command": "make"}}
    command_id = str(good(house.operator.post(f"/api/agents/{host.id}/commands", json=body))["command_id"])
    assert daemon.begin()["id"] == command_id
    return command_id


def follow(house: House, path: str, **more: Any) -> TailReader:
    """A stream with an operator's token."""
    token = house.operator.headers["Authorization"].removeprefix("Bearer ")
    return TailReader(house.server, path=path, token=token, **more)


@DIALECTS
def test_a_stream_begins_with_what_is_stored_goes_on_with_what_comes_and_ends_with_the_end(
    house: House, host: Host, daemon: Daemon, path: str
) -> None:
    command_id = begun(house, host, daemon)
    daemon.print(command_id, b"first\n")

    with follow(house, path.format(host=host.id, command=command_id)) as reader:
        assert reader.answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert reader.data() == {"stream": "stdout", "offset": 0, "text": "first\n"}
        daemon.print(command_id, b"oops", stream="stderr")
        assert reader.data() == {"stream": "stderr", "offset": 0, "text": "oops"}
        daemon.print(command_id, b"10%\r", 6)
        assert reader.data() == {"stream": "stdout", "offset": 6, "text": "10%\r"}
        daemon.end(command_id, "failed", exit_code=2, stdout=10, stderr=4)
        assert [frame.data for frame in reader.rest()] == [
            {
                "status": "failed",
                "outcome": "failed",
                "exit_code": 2,
                "signal": None,
                "reason": None,
                "duration_ms": 10,
                "stdout_bytes": 10,
                "stderr_bytes": 4,
            }
        ]


@DIALECTS
def test_a_reader_who_comes_back_gets_the_rest_without_loss_and_without_repeats(
    house: House, host: Host, daemon: Daemon, path: str
) -> None:
    command_id = begun(house, host, daemon)
    place = path.format(host=host.id, command=command_id)
    whole = "".join(f"line {number} äöü 🚀\n" for number in range(9000)).encode()
    for start in range(0, len(whole), 60_001):
        daemon.print(command_id, whole[start : start + 60_001], start)
    daemon.end(command_id, stdout=len(whole))

    with follow(house, place) as reader:
        frames = reader.rest()
    assert text_of(frames).encode() == whole
    for frame in frames:
        with follow(house, place, after=frame.id) as reader:
            if "status" in frame.data:
                assert reader.status == 204, "which ends an EventSource"
                continue
            assert [each.id for each in reader.rest()] == [each.id for each in frames[frames.index(frame) + 1 :]]


@DIALECTS
def test_a_character_in_two_pieces_is_one_and_bytes_that_are_none_are_replaced(
    house: House, host: Host, daemon: Daemon, path: str
) -> None:
    command_id = begun(house, host, daemon)
    with follow(house, path.format(host=host.id, command=command_id)) as reader:
        rocket = "🚀".encode()
        daemon.print(command_id, b"a" + rocket[:2])
        assert reader.data()["text"] == "a"
        daemon.print(command_id, rocket[2:], 3)
        assert reader.data() == {"stream": "stdout", "offset": 1, "text": "🚀"}
        daemon.print(command_id, b"\xff\x00" + rocket[:3], 5)
        assert reader.data() == {"stream": "stdout", "offset": 5, "text": "\ufffd\x00"}
        daemon.end(command_id, stdout=10)
        assert reader.data() == {"stream": "stdout", "offset": 7, "text": "\ufffd"}
        assert reader.data()["status"] == "succeeded"


@DIALECTS
def test_what_is_missing_is_said_with_its_length_in_the_middle_and_at_the_end(
    house: House, host: Host, daemon: Daemon, path: str
) -> None:
    command_id = begun(house, host, daemon)
    daemon.print(command_id, b"head\xf0")
    daemon.print(command_id, b"tail", 100)
    daemon.end(command_id, stdout=200, dropped=191)

    with follow(house, path.format(host=host.id, command=command_id)) as reader:
        *frames, end = (frame.data for frame in reader.rest())
    assert frames == [
        {"stream": "stdout", "offset": 0, "text": "head\ufffd"},
        {"notice": "gap", "stream": "stdout", "offset": 5, "length": 95},
        {"stream": "stdout", "offset": 100, "text": "tail"},
        {"notice": "gap", "stream": "stdout", "offset": 104, "length": 96},
    ]
    assert (end["status"], end["stdout_bytes"]) == ("succeeded", 200)


def test_the_end_comes_too_when_the_host_has_no_part_in_it(house: House, host: Host) -> None:
    body = {"type": "shell", "params": {"command": "make"}}
    command_id = good(house.operator.post(f"/api/agents/{host.id}/commands", json=body))["command_id"]

    with follow(house, f"/api/agents/{host.id}/stream/commands/{command_id}") as reader:
        reader.block()  # it is open
        good(house.operator.delete(f"/api/agents/{host.id}/commands/{command_id}"))
        assert reader.data()["status"] == "canceled"


@pytest.mark.parametrize("place", ["x", "1", "1.2.3", "-1.0", "1.2.fin", "9" * 30 + ".0"])
def test_a_place_that_there_is_not_is_400_and_one_beyond_the_end_is_the_end(
    house: House, host: Host, daemon: Daemon, place: str
) -> None:
    command_id = begun(house, host, daemon)
    daemon.print(command_id, b"abc")
    path = f"/api/agents/{host.id}/stream/commands/{command_id}"

    refused(house.operator.get(path, headers={"Last-Event-ID": place}), 400, "INVALID_LAST_EVENT_ID")
    with follow(house, path, after="900.900") as reader:
        daemon.print(command_id, b"def", 3)
        assert reader.data() == {"stream": "stdout", "offset": 3, "text": "def"}


def test_the_stream_of_a_deleted_host_ends(house: House, host: Host, daemon: Daemon) -> None:
    command_id = begun(house, host, daemon)
    with (
        follow(house, f"/api/agents/{host.id}/stream/commands/{command_id}") as output,
        follow(house, f"/api/agents/{host.id}/stream/metrics") as metrics,
    ):
        output.block()
        metrics.block()
        good(house.admin.delete(f"/api/agents/{host.id}"))
        assert output.rest() == []
        assert metrics.rest() == []


def test_a_slow_reader_gets_everything_in_the_end(house: House, host: Host, daemon: Daemon) -> None:
    command_id = begun(house, host, daemon)
    whole = b"\x1b[0m" * 500_000  # six bytes of JSON for one of these
    with follow(house, f"/api/agents/{host.id}/stream/commands/{command_id}") as reader:
        for start in range(0, len(whole), 1 << 16):
            daemon.print(command_id, whole[start : start + (1 << 16)], start)
        daemon.end(command_id, stdout=len(whole))
        time.sleep(1)  # and reads nothing meanwhile
        assert text_of(reader.rest()).encode() == whole


def test_a_revoked_token_ends_both_streams_within_a_second_or_so(house: House, host: Host, daemon: Daemon) -> None:
    command_id = begun(house, host, daemon)
    token = make_token(house.server, "operator")
    paths = (f"/api/agents/{host.id}/stream/commands/{command_id}", f"/api/agents/{host.id}/stream/metrics")
    readers = [TailReader(house.server, path=path, token=token.secret) for path in paths]
    for reader in readers:
        reader.block()
    revoke(house.server, token)
    for reader in readers:
        assert reader.rest() == []
        reader.answer.close()


@METRICS
def test_metrics_are_asked_for_while_somebody_looks_and_no_longer(
    house: House, host: Host, daemon: Daemon, path: str
) -> None:
    assert daemon.welcome["metrics"] == 0
    daemon.say("beat", metrics={"cpu_percent": 1.5})
    eventually(lambda: good(house.viewer.get(f"/v1/agents/{host.id}/metrics"))["metrics"])
    place = path.format(host=host.id)

    with follow(house, place) as first:
        assert first.data()["cpu_percent"] == 1.5, "the last at once"
        assert daemon.hear("metrics")["every"] == 5
        with follow(house, place) as second:
            assert second.data()["cpu_percent"] == 1.5
            daemon.say("beat", metrics={"cpu_percent": 2.5})
            for reader in (first, second):
                assert reader.data()["cpu_percent"] == 2.5
        assert daemon.hears_nothing(), "one of two has gone"
    assert daemon.hear("metrics")["every"] == 0


def test_a_daemon_that_comes_while_somebody_looks_is_asked_in_its_welcome(house: House, host: Host) -> None:
    with follow(house, f"/api/agents/{host.id}/stream/metrics") as reader:
        reader.block()
        with linked(house.server.url, host) as daemon:
            assert daemon.welcome["metrics"] == 5
            daemon.say("beat", metrics={"cpu_percent": 3.5})
            assert reader.data()["cpu_percent"] == 3.5


@METRICS
def test_the_names_of_processes_are_for_operators(house: House, host: Host, daemon: Daemon, path: str) -> None:
    daemon.say("beat", metrics={"processes": [{"pid": 1, "name": "hidden-one", "cpu_percent": 1.0}]})
    seen = {}
    for role in ("viewer", "operator"):
        token = house.by(role).headers["Authorization"].removeprefix("Bearer ")
        with TailReader(house.server, path=path.format(host=host.id), token=token) as reader:
            seen[role] = reader.data()["processes"]

    assert seen == {
        "viewer": [{"pid": 1, "cpu_percent": 1.0}],
        "operator": [{"pid": 1, "name": "hidden-one", "cpu_percent": 1.0}],
    }


def test_streams_of_hosts_are_counted_with_all_others(house: House, host: Host) -> None:
    token = make_token(house.server, "viewer").secret
    path = f"/api/agents/{host.id}/stream/metrics"
    readers = []
    for _ in range(60):
        reader = TailReader(house.server, path=path, token=token)
        readers.append(reader)
        if reader.status != 200:
            break
    statuses = [reader.status for reader in readers]
    for reader in readers:
        reader.__exit__()

    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {200}


def ticket(house: House, path: str, role: str = "operator") -> str:
    return str(good(house.by(role).post("/v1/stream-tickets", json={"path": path}), 201)["ticket"])


def test_a_ticket_opens_the_stream_of_its_path_and_query_and_no_other(house: House, host: Host) -> None:
    other = enrol(house.admin)
    path = f"/api/agents/{host.id}/stream/metrics"

    def status(token: str, where: str = path, **query: str) -> int:
        with TailReader(house.server, path=where, token_in_query=token, **query) as reader:
            return reader.status

    for where in (path, f"/v1/agents/{host.id}/metrics/stream"):
        secret = ticket(house, where)
        assert status(secret, where) == 200
        assert status(secret, where) == 200, "it opens again"
        assert status(secret, f"/api/agents/{other.id}/stream/metrics") == 401
        assert status(secret, where, a="1") == 401
    secret = ticket(house, f"{path}?unit=nginx&source=journald")
    assert status(secret, unit="nginx", source="journald") == 200
    assert status(secret, source="journald", unit="nginx") == 200
    assert status(secret, unit="ssh", source="journald") == 401
    assert status(secret) == 401
    key = house.operator.headers["Authorization"].removeprefix("Bearer ")
    assert status(key) == 401, "a real token stands in no address"


def test_a_ticket_brings_no_more_than_whoever_asked_for_it_may(house: House, host: Host, daemon: Daemon) -> None:
    command_id = begun(house, host, daemon)
    path = f"/api/agents/{host.id}/stream/commands/{command_id}"

    with TailReader(house.server, path=path, token_in_query=ticket(house, path, "viewer")) as reader:
        assert reader.status == 403
    with TailReader(house.server, path=path, token_in_query=ticket(house, path)) as reader:
        assert reader.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/agents",
        "/api/agents/x/commands",
        "/api/agents/x/stream/nothing",
        "//api/agents/x/stream/metrics",
        "https://elsewhere.example/api/agents/x/stream/metrics",
        "/api/agents/x/stream/metrics#a",
        "/api/agents/x/stream/metrics?token=t",
        "/api/agents/x/report",
    ],
)
def test_there_are_tickets_for_streams_only(house: House, path: str) -> None:
    refused(house.operator.post("/v1/stream-tickets", json={"path": path}), 400, "INVALID_PATH")


def test_a_reader_that_has_gone_is_noticed(house: House, host: Host, daemon: Daemon) -> None:
    reader = follow(house, f"/api/agents/{host.id}/stream/metrics")
    assert daemon.hear("metrics")["every"] == 5
    reader.__exit__()

    assert daemon.hear("metrics")["every"] == 0


def test_retention_of_output_leaves_a_gap_and_an_end(house: House, host: Host, daemon: Daemon) -> None:
    command_id = begun(house, host, daemon)
    daemon.print(command_id, b"to be forgotten")
    daemon.end(command_id, stdout=15)
    with closing(sqlite3.connect(house.server.database, timeout=20)) as database, database:
        database.execute("DELETE FROM outputs")

    with follow(house, f"/api/agents/{host.id}/stream/commands/{command_id}") as reader:
        gap, end = (frame.data for frame in reader.rest())
    assert (gap["notice"], gap["length"], end["status"]) == ("gap", 15, "succeeded")
