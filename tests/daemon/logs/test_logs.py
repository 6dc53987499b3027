"""Logs followed over a link: by credit, in turns, until the server or the link says enough."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet import protocol
from fleet.daemon.duties import Duties
from fleet.daemon.logs import Logs
from fleet.daemon.logs.file import FileSource
from fleet.daemon.logs.follow import Follow
from fleet.daemon.logs.opened import BLOCK
from fleet.daemon.roots import Roots
from tests.support.daemon_parts import Host
from tests.support.followed_log import append, numbered
from tests.support.link_server import Line, LinkServer

CREDIT = 1 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    path = tmp_path / "log" / "a.log"
    path.touch()
    return path


def follow(line: Line, path: Path, /, follow_id: str = "log_1", credit: int = CREDIT, **more: Any) -> None:
    frame = {"type": "follow", "id": follow_id, "source": "file", "path": str(path), "lines": 0, "credit": credit}
    line.say(frame | more)


def chunk(line: Line, follow_id: str = "log_1") -> protocol.Chunk:
    """The next chunk of this follow."""
    while True:
        message = line.listen()
        if isinstance(message, bytes):
            found = protocol.decode_chunk(message)
            if found.id == follow_id:
                return found


def lines(line: Line, upto: str, follow_id: str = "log_1") -> list[str]:
    """The lines until this one, of chunks that lie side by side."""
    data, offset = b"", None
    while f'"line":"{upto}"'.encode() not in data:
        found = chunk(line, follow_id)
        assert offset in (None, found.offset)
        offset = found.offset + len(found.data)
        data += found.data
    return [told["line"] for told in map(json.loads, data.splitlines()) if "mark" not in told]


def with_logs(host: Host, root: Path) -> Any:
    """Commands that are only remembered, and real logs."""

    def say() -> None:
        assert host.daemon is not None
        host.daemon.wake()

    return Duties(host.work, [Logs(host.loop, Roots((root,), ()), say)])


@pytest.fixture
def with_server(tmp_path: Path, path: Path) -> Iterator[Callable[[Callable[[Line], None]], Host]]:
    """A daemon linked to a server that behaves so, until it has; whatever it asserts."""
    opened: list[Any] = []

    def run(behave: Callable[[Line], None]) -> Host:
        done = threading.Event()

        def behaviour(line: Line) -> None:
            try:
                line.welcome()
                behave(line)
            finally:
                done.set()

        server = LinkServer(behaviour)
        host = Host(tmp_path, server.url, read_roots=[str(path.parent)])
        opened.extend((host, server))
        host.work = with_logs(host, path.parent)
        host.start()
        host.until(done.is_set)
        return host

    yield run
    for each in opened:
        each.close()


Run = Callable[[Callable[[Line], None]], Host]


def test_a_log_is_open_at_once_and_its_lines_come_as_they_are_written(with_server: Run, path: Path) -> None:
    def behave(line: Line) -> None:
        append(path, numbered(0, 300))
        follow(line, path, lines=2)
        assert chunk(line) == protocol.Chunk("lines", "log_1", 0, b"")
        assert lines(line, "line 299") == ["line 298", "line 299"]
        append(path, numbered(300, 302))
        assert lines(line, "line 301") == ["line 300", "line 301"]

    with_server(behave)


@pytest.mark.parametrize("credit", [20, CREDIT])
def test_what_is_not_to_be_followed_ends_by_itself_and_is_let_go(with_server: Run, path: Path, credit: int) -> None:
    def behave(line: Line) -> None:
        append(path, numbered(0, 300))
        follow(line, path, lines=2, once=True, credit=credit)
        data = b""
        while b'"end"' not in data or not data.endswith(b"\n"):
            data += (came := chunk(line).data)
            line.say({"type": "credit", "id": "log_1", "bytes": len(came)})
        told = list(map(json.loads, data.splitlines()))
        assert [each.get("line") or each["mark"] for each in told] == ["begin", "line 298", "line 299", "end"]
        append(path, "later\n")
        follow(line, path)  # the same id again: it is nobody's any more
        assert chunk(line) == protocol.Chunk("lines", "log_1", 0, b"")

    with_server(behave)


def test_no_byte_is_sent_beyond_the_credit_and_none_is_lost_by_waiting(with_server: Run, path: Path) -> None:
    def behave(line: Line) -> None:
        append(path, numbered(0, 20_000))
        follow(line, path, lines=10_000, credit=1000)
        data = b""
        while len(data) < 1000:
            data += chunk(line).data
        assert len(data) == 1000
        while b"line 19999" not in data or not data.endswith(b"\n"):
            line.say({"type": "credit", "id": "log_1", "bytes": 50_000})
            before = len(data)
            while len(data) < before + 50_000 and not (b"line 19999" in data and data.endswith(b"\n")):
                data += chunk(line).data
        _, *told = [json.loads(each).get("line") for each in data.splitlines()]
        assert told == numbered(10_000, 20_000).splitlines()

    with_server(behave)


def test_a_reader_who_takes_nothing_holds_nobody_back(with_server: Run, path: Path) -> None:
    other = path.with_name("b.log")
    other.touch()

    def behave(line: Line) -> None:
        append(path, "x" * 99 + "\n" * 200_000)
        follow(line, path, lines=10_000, credit=10)
        follow(line, other, "log_2")
        assert chunk(line, "log_2").data == b""
        append(other, "quick\n")
        assert lines(line, "quick", "log_2") == ["quick"]

    with_server(behave)


def test_what_a_reader_does_not_take_is_not_read(path: Path) -> None:
    append(path, "x" * 99 + "\n" * 500_000)
    source = FileSource(Roots((path.parent,), ()), str(path), 10_000, None)
    follow = Follow("log_1", source, 10)
    while (chunk := follow.next()) is not None or follow.is_busy:
        assert chunk is None or len(chunk) < 100

    assert source._files[0].at < 500_000 - 10_000 + 2 * BLOCK
    source.close()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"path": "/etc/passwd"}, "OUTSIDE_ROOTS"),
        ({"path": "../x"}, "OUTSIDE_ROOTS"),
        ({"path": "MISSING"}, "NOT_FOUND"),
        ({"path": "FOLDER"}, "NOT_A_FILE"),
        ({"path": None}, "BAD_SOURCE"),
        ({"source": "syslog"}, "BAD_SOURCE"),
        ({"source": "journald", "unit": "-x"}, "BAD_SOURCE"),
        ({"lines": 10_001}, "BAD_SOURCE"),
        ({"lines": True}, "BAD_SOURCE"),
    ],
)
def test_what_cannot_be_followed_is_answered_with_why_and_the_link_stays(
    with_server: Run, path: Path, more: dict[str, Any], code: str
) -> None:
    names = {"MISSING": str(path) + ".1", "FOLDER": str(path.parent)}

    def behave(line: Line) -> None:
        follow(line, path, **({**more, "path": names.get(more["path"], more["path"])} if "path" in more else more))
        said = line.until("failed")
        assert (said["id"], said["code"]) == ("log_1", code)
        assert said["message"]
        follow(line, path, "log_2")
        assert chunk(line, "log_2").data == b""

    with_server(behave)


def test_unfollow_and_the_end_of_the_link_let_go_of_everything(with_server: Run, path: Path) -> None:
    def open_files() -> int:
        return sum(str(path) == str(each.resolve()) for each in Path("/proc/self/fd").iterdir())

    def behave(line: Line) -> None:
        for number in range(3):
            follow(line, path, f"log_{number}")
            chunk(line, f"log_{number}")
        assert open_files() == 3
        line.say({"type": "unfollow", "id": "log_0"})
        follow(line, path.parent / "none", "log_9")  # answered after it
        line.until("failed")
        assert open_files() == 2

    host = with_server(behave)
    host.until(lambda: open_files() == 0)


def test_a_daemon_follows_only_so_many_logs(with_server: Run, path: Path) -> None:
    def behave(line: Line) -> None:
        for number in range(33):
            follow(line, path, f"log_{number}")
        assert line.until("failed")["code"] == "TOO_MANY_FOLLOWS"

    with_server(behave)
