"""Logs of hosts, by both dialects: through real daemons, and what a daemon may and may not say."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed

from fleet import protocol
from tests.support.api import JSON, good, refused
from tests.support.daemon_program import CHECKOUT, PROGRAM, until
from tests.support.daemons import Daemon, Host
from tests.support.followed_log import append, numbered, rename_and_create
from tests.support.tails import TailReader
from tests.support.tokens import make_token, revoke
from tests.web.published.conftest import House

DIALECTS = pytest.mark.parametrize("path", ["/api/agents/{}/stream/logs", "/v1/agents/{}/logs/stream"])
OURS, THEIRS = "/v1/agents/{}/logs/stream", "/api/agents/{}/stream/logs"


def place(path: str, host: Host, /, **query: Any) -> str:
    return f"{path.format(host.id)}?{urlencode(query)}"


def follow(house: House, where: str, after: str | None = None) -> TailReader:
    """A stream with an operator's token."""
    token = house.operator.headers["Authorization"].removeprefix("Bearer ")
    return TailReader(house.server, path=where, token=token, after=after)


def of_file(host: Host, file: Path, path: str = THEIRS, **more: Any) -> str:
    return place(path, host, source="file", path=file, **more)


@contextmanager
def running(house: House, host: Host, folder: Path, **settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon's program as this host's, until the end."""
    state = folder / "state"
    state.mkdir(mode=0o700, parents=True)
    for name, content in (("key", host.key), ("agent", json.dumps({"id": host.id}))):
        (state / name).write_text(content)
        (state / name).chmod(0o600)
    config = folder / "daemon.json"
    config.write_text(json.dumps({"url": house.server.url, "state": str(state), **settings}))
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        program = subprocess.Popen([*PROGRAM, "run", "--config", config], stderr=log, env=environment, cwd=CHECKOUT)
    try:
        anything = place(THEIRS, host, source="file", path="/nowhere")
        until(lambda: house.operator.get(anything).status_code == 403)
        yield program
    finally:
        program.terminate()
        program.wait(20)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "var").mkdir()
    log = tmp_path / "var" / "access.log"
    log.touch()
    return log


@pytest.fixture
def machine(house: House, host: Host, tmp_path: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with running(house, host, tmp_path / "daemon", read_roots=[str(log.parent)]) as program:
        yield program


def lines(reader: TailReader, upto: str) -> list[str]:
    found: list[str] = []
    while not found or found[-1] != upto:
        found += [value for name, value in reader.data().items() if name == "line"]
    return found


@pytest.mark.usefixtures("machine")
class TestThroughARealDaemon:
    @DIALECTS
    def test_a_file_is_followed_through_a_rotation_masked_and_said(
        self, house: House, host: Host, log: Path, path: str
    ) -> None:
        append(log, "one\ntwo password=hunter2hunter2\n")
        with follow(house, of_file(host, log, path, lines=1)) as reader:
            assert reader.data() == {"line": "two password=**************", "at": None}
            append(log, "three\n")
            assert reader.data() == {"line": "three", "at": None}
            rename_and_create(log)
            append(log, "four\n")
            assert [reader.data(), reader.data()] == [{"notice": "rotated"}, {"line": "four", "at": None}]

    @DIALECTS
    def test_what_is_not_to_be_followed_ends_and_says_so(self, house: House, host: Host, log: Path, path: str) -> None:
        append(log, numbered(0, 400))
        with follow(house, of_file(host, log, path, follow="false")) as reader:
            *frames, end = reader.rest()

        assert [frame.data["line"] for frame in frames] == numbered(200, 400).splitlines()
        assert end.data == {"end": "backlog"}

    def test_whoever_comes_back_goes_on_where_they_were_also_after_rotations(
        self, house: House, host: Host, log: Path
    ) -> None:
        append(log, numbered(0, 50))
        with follow(house, of_file(host, log)) as reader:
            frames = [reader.tail() for _ in range(20)]
        assert frames[-1] is not None
        rename_and_create(log)
        append(log, numbered(50, 60))

        with follow(house, of_file(host, log, OURS), after=frames[-1].id) as reader:
            assert lines(reader, "line 59") == numbered(20, 60).splitlines()

    @pytest.mark.parametrize(
        ("name", "status", "code"),
        [
            ("../secret", 400, "INVALID_PATH"),
            ("link", 403, "OUTSIDE_ROOTS"),
            ("/etc/passwd", 403, "OUTSIDE_ROOTS"),
            ("/proc/self/root/etc/passwd", 403, "OUTSIDE_ROOTS"),
            ("%2e%2e/secret", 404, "NOT_FOUND"),
            ("none", 404, "NOT_FOUND"),
            ("fifo", 400, "NOT_A_FILE"),
            ("", 400, "NOT_A_FILE"),
        ],
    )
    def test_what_cannot_be_read_is_an_answer_and_no_stream(
        self, house: House, host: Host, log: Path, name: str, status: int, code: str
    ) -> None:
        (log.parent / "link").symlink_to("/etc/passwd")
        os.mkfifo(log.parent / "fifo")
        path = name if name.startswith("/") else f"{log.parent}/{name}"

        refused(house.operator.get(place(THEIRS, host, source="file", path=path)), status, code)

    def test_a_slow_reader_slows_the_host_and_loses_nothing(self, house: House, host: Host, log: Path) -> None:
        append(log, "".join(f"{number} {'x' * 1000}\n" for number in range(20_000)))
        with follow(house, of_file(host, log, lines=10_000)) as reader:
            time.sleep(0.5)  # it reads nothing meanwhile
            numbers = [int(reader.data()["line"].split()[0]) for _ in range(10_000)]

        assert numbers == list(range(10_000, 20_000))

    def test_a_daemon_that_ends_ends_the_stream_with_why(
        self, house: House, host: Host, log: Path, machine: subprocess.Popen[bytes]
    ) -> None:
        with follow(house, of_file(host, log)) as reader:
            machine.kill()
            frames = reader.rest()

        assert frames[-1].data["error"]["code"] == "HOST_OFFLINE"


def told(line: str, cursor: str = "c1", **more: Any) -> bytes:
    return json.dumps({"line": line, "at": 1.5, "cursor": cursor, **more}).encode() + b"\n"


class Following:
    """A reader of a scripted daemon's journal: the daemon has said that it is open."""

    def __init__(self, house: House, host: Host, daemon: Daemon, path: str = THEIRS) -> None:
        self.daemon = daemon
        self.offset = 0
        self.where = place(path, host, source="journald", unit="nginx", lines=3)
        self.house = house
        self.asked: JSON = {}

    def __enter__(self) -> Following:
        pool = ThreadPoolExecutor(1)
        opening = pool.submit(follow, self.house, self.where)
        self.asked = self.daemon.hear("follow")
        self.say(b"")
        self.reader = opening.result(20)
        pool.shutdown()
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.__exit__()

    def say(self, data: bytes) -> None:
        self.daemon.socket.send(protocol.encode_chunk(protocol.Chunk("lines", self.asked["id"], self.offset, data)))
        self.offset += len(data)


class TestBetweenTheTwo:
    @DIALECTS
    def test_the_daemon_is_asked_for_what_the_reader_asked_for(
        self, house: House, host: Host, daemon: Daemon, path: str
    ) -> None:
        with Following(house, host, daemon, path) as following:
            asked = {name: following.asked[name] for name in ("source", "unit", "lines", "cursor")}
            assert asked == {"source": "journald", "unit": "nginx", "lines": 3, "cursor": None}
            following.say(told("GET /", "s=1;i=2") + told("cut in")[:9])
            frame = following.reader.tail()
            assert frame == ("s=1;i=2", {"line": "GET /", "at": 1.5})
            following.say(told("cut in")[9:])
            assert following.reader.data() == {"line": "cut in", "at": 1.5}

    def test_a_reader_who_goes_ends_the_hosts_reading(self, house: House, host: Host, daemon: Daemon) -> None:
        with Following(house, host, daemon) as following:
            pass
        assert daemon.hear("unfollow")["id"] == following.asked["id"]
        following.say(told("late"))
        assert daemon.hears_nothing(), "what was under way is no offence"

    def test_a_credential_that_ends_ends_it_within_a_second(self, house: House, host: Host, daemon: Daemon) -> None:
        own = make_token(house.server, "operator")
        with Following(house, host, daemon) as following:
            where = place(THEIRS, host, source="journald")
            with ThreadPoolExecutor(1) as pool:
                opening = pool.submit(TailReader, house.server, path=where, token=own.secret)
                second = daemon.hear("follow")
                daemon.socket.send(protocol.encode_chunk(protocol.Chunk("lines", second["id"], 0, b"")))
                reader = opening.result(20)
            with reader:
                revoke(house.server, own)
                assert reader.tail() is None
            assert daemon.hear("unfollow")["id"] == second["id"]
            following.say(told("still here"))
            assert following.reader.data()["line"] == "still here"

    def test_credit_is_given_as_bytes_leave(self, house: House, host: Host, daemon: Daemon) -> None:
        with Following(house, host, daemon) as following:
            credit = following.asked["credit"]
            assert 0 < credit <= 1 << 20
            line = told("x" * 60_000)
            for _ in range(2):
                following.say(line)
            assert following.daemon.hear("credit")["bytes"] >= 60_000

    @pytest.mark.parametrize("wrong", ["offset", "foreign", "too many"])
    def test_bytes_that_nobody_has_asked_for_end_the_link(
        self, house: House, host: Host, daemon: Daemon, wrong: str
    ) -> None:
        with Following(house, host, daemon) as following:
            if wrong == "offset":
                following.offset = 7
            elif wrong == "foreign":
                following.asked["id"] = "log_of_another"
            try:
                # Of good lines as many as no buffer on the way to a reader who takes nothing holds.
                for _ in range(1000 if wrong == "too many" else 1):
                    following.say(told("x" * 60_000))
            except ConnectionClosed:
                pass
            ended = daemon.hears_the_end()
            assert ended.rcvd is not None
            assert ended.rcvd.code == protocol.BAD_MESSAGE
            assert following.reader.rest()[-1].data["error"]["code"] == "HOST_OFFLINE"

    def test_what_is_no_log_ends_the_stream_and_the_link_stays(self, house: House, host: Host, daemon: Daemon) -> None:
        with Following(house, host, daemon) as following:
            following.say(b'{"neither": 1, "cursor": "x"}\n')
            assert following.reader.rest()[-1].data["error"]["code"] == "BAD_ANSWER"
        assert daemon.hear("unfollow")["id"] == following.asked["id"]

    def test_a_failure_afterwards_is_a_frame(self, house: House, host: Host, daemon: Daemon) -> None:
        with Following(house, host, daemon) as following:
            following.say(told("one"))
            daemon.say("failed", id=following.asked["id"], code="NO_JOURNAL", message="journalctl has ended.")
            frames = following.reader.rest()

        assert [frame.data for frame in frames] == [
            {"line": "one", "at": 1.5},
            {"error": {"code": "NO_JOURNAL", "message": "journalctl has ended."}},
        ]

    def test_text_of_a_log_is_data_whatever_it_looks_like(self, house: House, host: Host, daemon: Daemon) -> None:
        odd = "data: x\n\nevent: y\r\u2028 \x1b[31m {{7*7}} <script>"
        with Following(house, host, daemon) as following:
            following.say(told(odd, "a\nb"))
            assert following.reader.tail() == ("", {"line": odd, "at": 1.5})


@DIALECTS
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "source"),
        ({"source": "syslog"}, "source"),
        ({"source": "journald", "unit": "-x"}, "unit"),
        ({"source": "journald", "unit": "a b"}, "unit"),
        ({"source": "file", "path": "/var/log/x", "unit": "x"}, "unit"),
        ({"source": "journald", "priority": "8"}, "priority"),
        ({"source": "file", "path": "/var/log/x", "priority": "1"}, "priority"),
        ({"source": "journald", "lines": "10001"}, "lines"),
        ({"source": "journald", "follow": "no"}, "follow"),
        ({"source": "journald", "lines": "-1"}, "lines"),
        ({"source": "journald", "path": "/var/log/x"}, "path"),
        ({"source": "file"}, "path"),
        ({"source": "file", "path": "var/log"}, "path"),
        ({"source": "file", "path": "/var/log/../x"}, "path"),
        ({"source": "file", "path": "/var/log/\0"}, "path"),
    ],
)
def test_a_bad_question_is_400_with_its_field_and_the_host_is_not_asked(
    house: House, host: Host, daemon: Daemon, path: str, query: dict[str, str], field: str
) -> None:
    answer = house.operator.get(place(path, host, **query))

    assert refused(answer, 400, f"INVALID_{field.upper()}")["details"]["field"] == field
    assert daemon.hears_nothing(0.05)


@DIALECTS
def test_a_host_that_is_not_connected_is_409(house: House, host: Host, path: str) -> None:
    refused(house.operator.get(place(path, host, source="journald")), 409, "HOST_OFFLINE")


@DIALECTS
def test_viewers_and_the_host_itself_read_no_logs(house: House, host: Host, daemon: Daemon, path: str) -> None:
    where = place(path, host, source="journald")
    refused(house.viewer.get(where), 403, "FORBIDDEN")
    refused(house.nobody.get(where), 401, "MISSING_AUTH_TOKEN")
    with house.host_client(host) as client:
        refused(client.get(where), 403, "FORBIDDEN")
    assert daemon.hears_nothing(0.05)


@pytest.mark.parametrize(("code", "status"), [("NO_JOURNAL", 409), ("FORBIDDEN", 403), ("NEWER_CODE", 409)])
def test_what_the_daemon_says_at_once_is_the_answer(
    house: House, host: Host, daemon: Daemon, code: str, status: int
) -> None:
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(house.operator.get, place(THEIRS, host, source="journald"))
        daemon.say("failed", id=daemon.hear("follow")["id"], code=code, message="members of the group adm could.")
        answer = asking.result(20)

    assert answer.status_code == status
    assert "adm" in answer.json()["error"]["message"]


def test_a_ticket_opens_the_log_that_it_was_made_for_and_no_other(house: House, host: Host, daemon: Daemon) -> None:
    where = place(THEIRS, host, source="journald", unit="nginx")
    ticket = good(house.operator.post("/v1/stream-tickets", json={"path": where}), 201)["ticket"]

    refused(house.nobody.get(f"{place(THEIRS, host, source='journald')}&token={ticket}"), 401, "INVALID_TOKEN")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(TailReader, house.server, path=f"{where}&token={ticket}")
        asked = daemon.hear("follow")
        daemon.socket.send(protocol.encode_chunk(protocol.Chunk("lines", asked["id"], 0, told("one"))))
        with opening.result(20) as reader:
            assert reader.data()["line"] == "one"


def test_who_looked_at_which_log_is_in_the_audit(house: House, host: Host, daemon: Daemon) -> None:
    with Following(house, host, daemon):
        pass
    refused(house.operator.get(place(THEIRS, host, source="journald", unit="-x")), 400)

    with closing(sqlite3.connect(house.server.database, timeout=20)) as connection:
        rows = connection.execute(
            "SELECT action, part_id, subject_name, result FROM audit WHERE subject_id = ?", (host.id,)
        ).fetchall()
    assert [row for row in rows if "logs" in row[0]] == [("api_logs.stream", "nginx", host.name, "done")]
