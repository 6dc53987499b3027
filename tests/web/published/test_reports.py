"""Document 3's report: by a plain script, and as the link where no WebSocket comes through."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fleet import protocol
from tests.support.api import JSON, eventually, good, make_agent, read, refused
from tests.support.daemons import HELLO, Host, enrol, linked
from tests.support.tails import TailReader
from tests.web.published.conftest import House

SIX: JSON = {
    "hostname": "web-01",
    "os": "Ubuntu 24.04",
    "cpu_percent": 12.4,
    "mem_percent": 45.0,
    "disk_percent": 62.0,
    "uptime_s": 86400,
}


@pytest.fixture
def own(house: House, host: Host) -> Iterator[httpx.Client]:
    with house.host_client(host) as client:
        yield client


def report(own: httpx.Client, host: Host, **more: Any) -> JSON:
    return dict(good(own.post(f"/api/agents/{host.id}/report", json=SIX | more), 200))


def queue(house: House, host: Host, command: str = "true") -> str:
    body = {"type": "shell", "params": {"command": command}}
    return str(good(house.operator.post(f"/api/agents/{host.id}/commands", json=body))["command_id"])


class Caller:
    """A daemon that knows calls only."""

    def __init__(self, own: httpx.Client, host: Host, session: str | None = None) -> None:
        self.own, self.host, self.session = own, host, session
        self.beat = 0.0

    def say(self, *frames: JSON, **more: Any) -> list[JSON]:
        answer = report(self.own, self.host, take=True, frames=list(frames), **more)
        assert answer["status"] == "ok"
        self.beat = answer["beat"]
        return list(answer["frames"])

    def hello(self, **more: Any) -> list[JSON]:
        known = HELLO | {"hostname": self.host.name, "session": self.session} | more
        frames = self.say({"type": "hello", **known})
        if frames[0]["type"] == "welcome":
            self.session = frames[0]["session"]
        return frames


class TestAPlainScript:
    def test_it_answers_ok_and_the_host_is_online_with_what_it_says(
        self, house: House, host: Host, own: httpx.Client
    ) -> None:
        assert report(own, host) == {"status": "ok"}

        one = read(house.viewer, f"/api/agents/{host.id}")
        assert (one["status"], one["hostname"], one["os"], one["ip"]) == (
            "online",
            "web-01",
            "Ubuntu 24.04",
            "127.0.0.1",
        )
        assert {k: v for k, v in one["metrics"].items() if k != "at"} == {
            k: v for k, v in SIX.items() if k not in ("hostname", "os")
        }
        shown = read(house.viewer, f"/v1/agents/{host.id}")
        assert (shown["connection"], shown["name"]) == ("online", "web-01")

    def test_it_is_handed_no_command_and_loses_none(self, house: House, host: Host, own: httpx.Client) -> None:
        command_id = queue(house, host)

        assert report(own, host) == {"status": "ok"}
        assert report(own, host, take=False) == {"status": "ok"}
        [entry] = read(house.operator, f"/api/agents/{host.id}/commands")
        assert (entry["command_id"], entry["status"]) == (command_id, "queued")
        with linked(house.server.url, host) as daemon:
            assert daemon.hear("command")["id"] == command_id

    def test_reports_that_say_nothing_new_raise_no_version_and_leave_no_entry_in_the_audit(
        self, house: House, host: Host, own: httpx.Client
    ) -> None:
        report(own, host)
        before = read(house.viewer, f"/v1/agents/{host.id}")
        for _ in range(3):
            report(own, host, cpu_percent=50)
        after = read(house.viewer, f"/v1/agents/{host.id}")

        assert after["version"] == before["version"]
        assert after["last_seen_at"] > before["last_seen_at"]
        entries = read(house.admin, f"/v1/audit?subject={host.id}&action=api_reports.create")["entries"]
        assert len(entries) == 1

    def test_metrics_reach_who_watches(self, house: House, host: Host, own: httpx.Client) -> None:
        token = house.viewer.headers["Authorization"].removeprefix("Bearer ")
        with TailReader(house.server, path=f"/api/agents/{host.id}/stream/metrics", token=token) as reader:
            report(own, host, cpu_percent=77)
            assert reader.data()["cpu_percent"] == 77

    def test_beside_a_daemon_it_changes_nothing_of_what_that_says(
        self, house: House, host: Host, own: httpx.Client
    ) -> None:
        with linked(house.server.url, host):
            report(own, host)
            one = read(house.viewer, f"/api/agents/{host.id}")

        assert (one["hostname"], one["os"]) == (host.name, "Debian GNU/Linux 12")

    def test_what_it_does_not_know_it_may_leave_away(self, house: House, host: Host, own: httpx.Client) -> None:
        good(own.post(f"/api/agents/{host.id}/report", json={"hostname": "web-09"}), 200)

        assert read(house.viewer, f"/api/agents/{host.id}")["hostname"] == "web-09"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({k: v for k, v in SIX.items() if k != "hostname"}, "MISSING_HOSTNAME"),
        (SIX | {"hostname": " "}, "MISSING_HOSTNAME"),
        (SIX | {"hostname": "a\x00b"}, "INVALID_HOSTNAME"),
        (SIX | {"hostname": "x" * 256}, "INVALID_HOSTNAME"),
        *(
            (SIX | {name: value}, f"INVALID_{name.upper()}")
            for name in ("cpu_percent", "mem_percent", "disk_percent")
            for value in (-0.1, 100.1, "12", True, None)
        ),
        (SIX | {"uptime_s": -1}, "INVALID_UPTIME_S"),
        (SIX | {"uptime_s": "1"}, "INVALID_UPTIME_S"),
        (SIX | {"os": 7}, "INVALID_OS"),
        (SIX | {"load": 1}, "UNKNOWN_FIELD"),
        (SIX | {"frames": []}, "INVALID_FRAMES"),
        (SIX | {"take": "yes"}, "INVALID_TAKE"),
    ],
    ids=lambda value: repr(value)[-40:],
)
def test_a_report_that_cannot_be_is_400_and_changes_nothing(
    house: House, host: Host, own: httpx.Client, body: JSON, code: str
) -> None:
    refused(own.post(f"/api/agents/{host.id}/report", json=body), 400, code)

    assert read(house.viewer, f"/api/agents/{host.id}")["metrics"] is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_no_percentage(house: House, host: Host, own: httpx.Client, number: str) -> None:
    text = json.dumps(SIX).replace("12.4", number)

    refused(own.post(f"/api/agents/{host.id}/report", content=text), 400)
    assert read(house.viewer, f"/api/agents/{host.id}")["metrics"] is None


def test_a_report_for_another_host_or_by_an_agent_that_is_none_is_refused(house: House, own: httpx.Client) -> None:
    other, coding = enrol(house.admin), make_agent(house.operator)
    refused(own.post(f"/api/agents/{other.id}/report", json=SIX), 403, "NOT_YOUR_AGENT")
    refused(own.post("/api/agents/agt_nope/report", json=SIX), 403, "NOT_YOUR_AGENT")
    assert read(house.viewer, f"/api/agents/{other.id}")["status"] == "offline"

    key = good(house.admin.post(f"/v1/agents/{coding['id']}/keys", json={}), 201)["key"]
    with house.host_client(Host(coding["id"], key, "x")) as wrong:
        refused(wrong.post(f"/api/agents/{coding['id']}/report", json=SIX), 409, "NOT_A_HOST")
        refused(wrong.post(f"/api/agents/{coding['id']}/report", json=SIX | {"take": True}), 409, "NOT_A_HOST")


class TestTheLinkByCalls:
    def test_a_command_goes_through_its_whole_life(self, house: House, host: Host, own: httpx.Client) -> None:
        waiting = queue(house, host, "first")
        daemon = Caller(own, host)
        welcome, command = daemon.hello()
        assert (welcome["type"], bool(welcome["session"]), welcome["metrics"]) == ("welcome", True, 0)
        assert (command["type"], command["id"], command["params"]["command"]) == ("command", waiting, "first")
        assert daemon.beat == 1.0, "something is under way"
        data = b"out \x00\xff\n"
        chunk = {
            "type": "chunk",
            "stream": "stdout",
            "id": waiting,
            "offset": 0,
            "data": base64.b64encode(data).decode(),
        }
        told = daemon.say({"type": "accepted", "id": waiting}, {"type": "started", "id": waiting}, chunk)
        assert told == [{"type": "want", "id": waiting, "stdout": len(data), "stderr": 0}]
        raw = house.operator.get(f"/v1/agents/{host.id}/commands/{waiting}/output?stream=stdout")
        assert raw.content == data
        ended = {"type": "ended", "id": waiting, "state": "succeeded", "exit_code": 0, "ms": 5, "stdout": len(data)}
        assert daemon.say(ended) == [{"type": "forget", "id": waiting}]
        assert daemon.beat == 5.0, "nothing is"
        one = read(house.operator, f"/api/agents/{host.id}/commands/{waiting}")
        assert (one["status"], one["exit_code"]) == ("succeeded", 0)
        assert read(house.viewer, f"/api/agents/{host.id}")["status"] == "online"

    def test_what_comes_up_later_is_in_the_next_answer(self, house: House, host: Host, own: httpx.Client) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        assert daemon.say() == []
        command_id = queue(house, host)
        [command] = daemon.say({"type": "beat", "metrics": {"cpu_percent": 5.0}})
        assert command["id"] == command_id
        assert daemon.say({"type": "accepted", "id": command_id}, {"type": "started", "id": command_id}) == []
        good(house.operator.delete(f"/api/agents/{host.id}/commands/{command_id}"))
        assert daemon.say() == [{"type": "cancel", "id": command_id}]
        assert daemon.say() == [], "it is said once"
        assert read(house.viewer, f"/api/agents/{host.id}")["metrics"]["cpu_percent"] == SIX["cpu_percent"]

    def test_going_on_raises_no_version(self, house: House, host: Host, own: httpx.Client) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        before = read(house.viewer, f"/v1/agents/{host.id}")["version"]
        for _ in range(5):
            daemon.say({"type": "beat", "metrics": {"cpu_percent": 5.0}})

        assert read(house.viewer, f"/v1/agents/{host.id}")["version"] == before

    def test_a_held_host_gets_nothing(self, house: House, host: Host, own: httpx.Client) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        good(house.operator.post(f"/v1/agents/{host.id}/pause", json={}), 200, 201)
        command_id = queue(house, host)
        assert daemon.say() == []
        good(house.operator.delete(f"/v1/agents/{host.id}/pause"))
        assert [frame["id"] for frame in daemon.say()] == [command_id]

    def test_an_answer_that_was_lost_is_made_good_by_the_next_hello(
        self, house: House, host: Host, own: httpx.Client
    ) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        command_id = queue(house, host)
        daemon.say()  # and the command in its answer never arrives
        again = daemon.hello()
        assert [frame["type"] for frame in again] == ["welcome", "command"]
        daemon.say({"type": "accepted", "id": command_id})
        [welcome] = daemon.hello(waiting=[command_id])
        assert welcome["want"] == {command_id: {"stdout": 0, "stderr": 0}}

    def test_metrics_are_asked_for_while_somebody_looks(self, house: House, host: Host, own: httpx.Client) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        token = house.viewer.headers["Authorization"].removeprefix("Bearer ")
        with TailReader(house.server, path=f"/api/agents/{host.id}/stream/metrics", token=token) as reader:
            assert daemon.say() == [{"type": "metrics", "every": 5.0}]
            reader.data()
            assert daemon.say({"type": "beat", "metrics": {"load": [1.0]}}) == []
            while "load" not in reader.data():
                pass
        eventually(lambda: daemon.say() == [{"type": "metrics", "every": 0.0}])

    @pytest.mark.parametrize(
        "frames",
        [
            [{"type": "accepted", "id": "cmd_1"}],
            [{"type": "hello", **HELLO, "hostname": "x"}, {"type": "beat"}],
            [{"type": "beat"}, {"type": "hello", **HELLO, "hostname": "x"}],
        ],
        ids=["before", "not alone", "late"],
    )
    def test_who_speaks_out_of_turn_is_told_to_say_hello(
        self, host: Host, own: httpx.Client, frames: list[JSON]
    ) -> None:
        [bye] = Caller(own, host).say(*frames)

        assert (bye["type"], bye["code"], bye["retry_after"]) == ("bye", protocol.NOT_FIRST_HELLO, 0)

    def test_a_call_of_an_older_session_is_told_so_where_it_says_which(self, host: Host, own: httpx.Client) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        assert daemon.say(session=daemon.session) == []
        [bye] = daemon.say(session="ses_older")
        assert bye["code"] == protocol.NOT_FIRST_HELLO

    def test_output_of_anothers_command_ends_the_session_and_changes_nothing(
        self, house: House, host: Host, own: httpx.Client
    ) -> None:
        other = enrol(house.admin)
        theirs = queue(house, other)
        daemon = Caller(own, host)
        daemon.hello()
        chunk = {"type": "chunk", "stream": "stdout", "id": theirs, "offset": 0, "data": "eA=="}
        assert [frame["code"] for frame in daemon.say(chunk)] == [protocol.BAD_MESSAGE]
        daemon.hello()
        daemon.say({"type": "ended", "id": theirs, "state": "failed"})
        assert read(house.operator, f"/api/agents/{other.id}/commands/{theirs}")["status"] == "queued"

    @pytest.mark.parametrize(
        "frame",
        [
            {"type": "nothing"},
            {"type": "chunk", "stream": "lines", "id": "cmd_1", "offset": 0, "data": ""},
            {"type": "chunk", "stream": "stdout", "id": "cmd_1", "offset": -1, "data": ""},
            {"type": "chunk", "stream": "stdout", "id": "cmd_1", "offset": 2**53, "data": "eA=="},
            {"type": "chunk", "stream": "stdout", "id": "cmd_1", "offset": 0, "data": "not base64"},
            {"type": "chunk", "stream": "stdout", "id": "../x", "offset": 0, "data": ""},
            {"type": "ended", "id": "cmd_1", "state": "fine"},
            {"type": "started"},
            7,
            None,
            [],
        ],
        ids=lambda frame: repr(frame)[:60],
    )
    def test_a_frame_that_is_none_is_400_with_its_place(self, host: Host, own: httpx.Client, frame: object) -> None:
        body = SIX | {"take": True, "frames": [{"type": "beat"}, frame]}
        error = refused(own.post(f"/api/agents/{host.id}/report", json=body), 400, "INVALID_FRAMES")

        assert error["details"]["field"] == "frames[1]"

    def test_a_copied_disk_is_sent_away_for_good(self, host: Host, own: httpx.Client) -> None:
        daemon = Caller(own, host)
        daemon.hello()
        first = daemon.session
        daemon.hello()
        daemon.hello()
        [bye] = Caller(own, host, first).hello()
        assert (bye["code"], bye["retry_after"]) == (protocol.CLONE, None)

    def test_a_socket_takes_a_callers_place_and_a_living_one_keeps_it(
        self, house: House, host: Host, own: httpx.Client
    ) -> None:
        caller = Caller(own, host)
        caller.hello()
        with linked(house.server.url, host, session=caller.session) as daemon:
            [bye] = caller.say()
            assert bye["code"] == protocol.NOT_FIRST_HELLO
            command_id = queue(house, host)
            assert daemon.hear("command")["id"] == command_id
            # As its socket answers pings in the background, a hello by a call is another machine's.
            [bye] = Caller(own, host, daemon.session).hello()
            assert (bye["code"], bye["retry_after"]) == (protocol.CLONE, None)
        daemon_session = daemon.session
        assert Caller(own, host, daemon_session).hello()[0]["type"] == "welcome"
