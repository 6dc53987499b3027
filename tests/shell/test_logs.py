"""`fleet logs`: a host's log from a shell, by its real daemon: the last lines, or what comes, none lost, none twice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet import protocol
from tests.support.daemon_host import RealHost, real_host
from tests.support.daemon_program import until
from tests.support.daemons import Daemon, enrol, linked
from tests.support.followed_log import append, copy_and_truncate, numbered, rename_and_create
from tests.support.serving import Served, served
from tests.support.shell import Program, interrupt


@pytest.fixture
def log(host: RealHost, request: pytest.FixtureRequest) -> Path:
    log = host.logs / f"{request.node.name[:60].replace('/', '_')}.log"
    log.touch()
    return log


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


class TestTheLastLines:
    def test_they_are_printed_and_it_ends(self, fleet: Program, host: RealHost, log: Path) -> None:
        append(log, numbered(0, 500))

        assert fleet.says("logs", host.id, str(log)).splitlines() == numbered(300, 500).splitlines()
        assert fleet.says("logs", host.id, str(log), "-n", "2").splitlines() == ["line 498", "line 499"]

    def test_a_last_line_without_its_end_is_one(self, fleet: Program, host: RealHost, log: Path) -> None:
        append(log, "one\ntwo")
        assert fleet.says("logs", host.id, str(log), "--lines", "1") == "two\n"

    def test_ten_thousand_long_lines_come_whole(self, fleet: Program, host: RealHost, log: Path) -> None:
        written = [f"{number} {'x' * 500}" for number in range(10_001)]
        append(log, "\n".join(written) + "\n")
        assert fleet.says("logs", host.id, str(log), "-n", "10000").splitlines() == written[1:]

    def test_for_programs_each_line_is_an_object_with_the_very_text(
        self, fleet: Program, host: RealHost, log: Path
    ) -> None:
        append(log, "one\n\x1b[31mtwo\n")
        said = [json.loads(each) for each in fleet.says("logs", host.id, str(log), "--json").splitlines()]
        assert said == [{"line": "one", "at": None}, {"line": "\x1b[31mtwo", "at": None}]

    def test_nothing_there_is_nothing_found(self, fleet: Program, host: RealHost, log: Path) -> None:
        assert "no such line" in fleet.fails(4, "logs", host.id, str(log))

    def test_what_would_act_on_a_terminal_is_shown_as_a_picture(
        self, fleet: Program, host: RealHost, log: Path
    ) -> None:
        append(log, "\x1b]0;owned\x07\ttab\u202e\n")
        shown = fleet.on_a_terminal("logs", host.id, str(log))
        assert "␛]0;owned␇" in shown
        assert "\x1b]0;owned" not in shown
        assert "\u202e" not in shown


class TestFollowing:
    def test_through_a_rotation_and_a_truncation_which_are_said_beside_the_lines(
        self, fleet: Program, host: RealHost, log: Path
    ) -> None:
        append(log, "old\none\n")
        with fleet.running("logs", host.id, str(log), "-n", "1", "--follow") as process:
            assert lines(process, 1) == ["one"]
            append(log, "two\n")
            rename_and_create(log)
            append(log, "three\n")
            assert lines(process, 2) == ["two", "three"]
            copy_and_truncate(log)
            append(log, "four\n")
            assert lines(process, 1) == ["four"]
            code, output, errors = interrupt(process)
        assert (code, output) == (130, "")
        assert [line.partition(":")[0] for line in errors.splitlines()] == ["rotated", "truncated"]

    @pytest.mark.parametrize("backlog", ["0", "5"])
    def test_nothing_is_lost_and_nothing_twice_when_the_daemon_dies_and_comes_back(
        self, fleet: Program, api: httpx.Client, tmp_path: Path, backlog: str
    ) -> None:
        with real_host(api, tmp_path / "host") as mine:
            log = mine.logs / "a.log"
            append(log, numbered(0, 10))
            with fleet.running("logs", mine.id, str(log), "-f", "-n", backlog) as process:
                assert lines(process, int(backlog)) == numbered(10 - int(backlog), 10).splitlines()
                until(lambda: opened(mine, log))
                mine.stop()
                append(log, numbered(10, 20))
                rename_and_create(log)
                append(log, numbered(20, 30))
                mine.start()
                append(log, numbered(30, 40))
                assert lines(process, 30) == numbered(10, 40).splitlines()
                code, output, errors = interrupt(process)
        assert (code, output) == (130, "")
        assert errors.count("trying again") == 1
        assert "rotated" in errors

    def test_nor_when_the_server_restarts(self, tmp_path: Path) -> None:
        with served(tmp_path) as server:
            fleet = Program(tmp_path, server.url, server.token)
            headers = {"Authorization": f"Bearer {server.token}"}
            with (
                httpx.Client(base_url=server.url, headers=headers) as api,
                real_host(api, tmp_path / "host") as mine,
            ):
                log = mine.logs / "a.log"
                append(log, "one\n")
                with fleet.running("logs", mine.id, str(log), "--follow", "--json") as process:
                    first = lines(process, 1)
                    server.stop()
                    append(log, "two\n")
                    server.start()
                    append(log, "three\n")
                    said = [json.loads(line)["line"] for line in [*first, *lines(process, 2)]]
                    _, output, errors = interrupt(process)
        assert (said, output) == (["one", "two", "three"], "")
        assert "trying again" in json.loads(errors)["note"]

    def test_a_reader_who_has_seen_enough_ends_it_silently(self, fleet: Program, host: RealHost, log: Path) -> None:
        append(log, numbered(0, 5))
        writer = subprocess.Popen(["bash", "-c", 'while sleep 0.1; do echo more >> "$0"; done', str(log)])
        try:
            for more, codes in (("", ("0", "141")), ("--follow", ("141",)), ("--follow --json", ("141",))):
                ended = fleet.shell(f"fleet logs {host.id} '{log}' {more} | head -1; echo ${{PIPESTATUS[0]}}")
                first, code = ended.stdout.splitlines()
                assert first
                assert code in codes
                assert ended.stderr == ""
        finally:
            writer.kill()
            writer.wait()

    @pytest.mark.parametrize(("where", "why"), [("> /dev/full", "No space left on device"), (">&-", "it is closed")])
    @pytest.mark.parametrize("more", ["", "--follow"])
    def test_output_that_cannot_be_written_is_a_sentence(
        self, fleet: Program, host: RealHost, log: Path, where: str, why: str, more: str
    ) -> None:
        append(log, "one\n")
        ended = fleet.shell(f"fleet logs {host.id} '{log}' {more} {where}")
        assert (ended.returncode, ended.stderr) == (1, f"Error: Standard output cannot be written: {why}.\n")


def opened(host: RealHost, file: Path) -> bool:
    """True while the host's daemon has this file open."""
    return any(str(file) == str(each.readlink()) for each in Path(f"/proc/{host.pid}/fd").iterdir())


class TestTheJournal:
    """What the daemon is asked for; the real journal is read in tests/daemon/logs/test_journal.py."""

    @pytest.fixture
    def daemon(self, server: Served, api: httpx.Client) -> Iterator[Daemon]:
        with linked(server.url, enrol(api)) as connected:
            yield connected

    @contextmanager
    def asked(self, fleet: Program, daemon: Daemon, *words: str) -> Iterator[tuple[Any, Any]]:
        """What the daemon is asked for, and the command's end, of which the daemon gives the rest."""
        with ThreadPoolExecutor(1) as pool:
            ending = pool.submit(fleet.run, "logs", daemon.host.name, *words)
            yield daemon.hear("follow"), ending

    def say(self, daemon: Daemon, follow_id: str, *told: dict[str, Any]) -> None:
        data = b"".join(json.dumps({"cursor": "s=1;i=2", **each}).encode() + b"\n" for each in told)
        daemon.socket.send(protocol.encode_chunk(protocol.Chunk("lines", follow_id, 0, data)))

    def test_a_unit_and_a_priority_are_asked_for_and_times_are_shown(self, fleet: Program, daemon: Daemon) -> None:
        words = ("--unit", "nginx", "--priority", "err", "-n", "3")
        with self.asked(fleet, daemon, *words) as (frame, ending):
            wanted = {name: frame[name] for name in ("source", "unit", "priority", "lines", "once")}
            line = {"line": "nginx[1]: no such file", "at": 86_400.5}
            self.say(daemon, frame["id"], {"notice": "gap"}, line, {"line": "odd", "at": 1e300}, {"mark": "end"})
            ended = ending.result(40)
        assert wanted == {"source": "journald", "unit": "nginx", "priority": "err", "lines": 3, "once": True}
        assert ended.returncode == 0
        assert ended.stdout.splitlines()[0].endswith(":00:00  nginx[1]: no such file")
        assert ended.stdout.splitlines()[1] == "?  odd"
        assert ended.stderr == "gap: lines are missing here\n"

    def test_a_log_that_cannot_go_on_says_why(self, fleet: Program, daemon: Daemon) -> None:
        with self.asked(fleet, daemon, "--follow") as (frame, ending):
            self.say(daemon, frame["id"], {"line": "one", "at": 1.0})
            daemon.say("failed", id=frame["id"], code="NO_JOURNAL", message="journalctl has ended.")
            ended = ending.result(40)
        assert frame.get("once") is None
        assert (ended.returncode, ended.stderr) == (1, "Error: journalctl has ended. (NO_JOURNAL)\n")

    def test_a_host_that_goes_before_the_end_is_an_error_for_who_does_not_follow(
        self, fleet: Program, api: httpx.Client, server: Served
    ) -> None:
        with linked(server.url, enrol(api)) as daemon, self.asked(fleet, daemon) as (frame, ending):
            self.say(daemon, frame["id"], {"line": "one", "at": 1.0})
            daemon.socket.close()
            ended = ending.result(40)
        assert ended.returncode == 1
        assert "(HOST_OFFLINE)" in ended.stderr


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "code", "said"),
        [
            ("/etc/passwd", 5, ["(OUTSIDE_ROOTS)", "read_roots"]),
            ("{logs}/none.log", 4, ["(NOT_FOUND)"]),
            ("{logs}", 2, ["(NOT_A_FILE)"]),
            ("relative.log", 2, ["(INVALID_PATH)"]),
            ("{logs}/../x", 2, ["(INVALID_PATH)"]),
        ],
    )
    def test_what_cannot_be_read_is_a_sentence(
        self, fleet: Program, host: RealHost, path: str, code: int, said: list[str]
    ) -> None:
        errors = fleet.fails(code, "logs", host.id, path.format(logs=host.logs))
        assert all(each in errors for each in said), errors
        assert "Ask an administrator" not in errors

    def test_a_viewer_reads_no_logs(self, viewer: Program, host: RealHost, log: Path) -> None:
        errors = viewer.fails(5, "logs", host.id, str(log))
        assert "(FORBIDDEN)" in errors
        assert "Ask an administrator" in errors

    def test_a_host_that_nobody_knows_or_that_is_not_connected(
        self, fleet: Program, host: RealHost, api: httpx.Client
    ) -> None:
        assert host.id
        assert "no host “nowhere”" in fleet.fails(4, "logs", "nowhere")
        assert "(HOST_OFFLINE)" in fleet.fails(1, "logs", enrol(api).name)

    @pytest.mark.parametrize(
        "words",
        [
            ["/var/log/x", "--unit", "x"],
            ["/var/log/x", "-p", "err"],
            ["-n", "10001"],
            ["-n", "-1"],
            ["-p", "loud"],
            ["--unit", "-x"],
        ],
    )
    def test_wrong_usage(self, fleet: Program, host: RealHost, words: list[str]) -> None:
        assert fleet.fails(2, "logs", host.id, *words)
