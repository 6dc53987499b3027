"""`fleet cp`: a file from a host and to it, by its real daemon: byte for byte, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import ssl
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.api import make_agent
from tests.support.certificate import make_certificate
from tests.support.daemon_host import RealHost, real_host
from tests.support.daemon_program import until
from tests.support.daemons import enrol
from tests.support.serving import served
from tests.support.shell import PATIENCE, Program

LARGE = 64 << 20


@pytest.fixture
def there(host: RealHost, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of the host's that is open both ways as far as links go: `more` for writing, read by the test itself."""
    folder = host.more / request.node.name[:40].replace("/", "_").replace("[", "_")
    folder.mkdir()
    yield folder
    assert [each.name for each in host.more.rglob("*") if each.name.startswith(".fleet-upload")] == []


def large(path: Path) -> Path:
    with path.open("wb") as file:
        for _ in range(LARGE >> 20):
            file.write(os.urandom(1 << 20))
    return path


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class TestFromAHost:
    def test_64_mebibytes_come_byte_for_byte(self, fleet: Program, host: RealHost) -> None:
        source = large(host.logs / "large")
        try:
            said = fleet.gives("cp", f"{host.id}:{source}", "copy")
            assert said == {"path": "copy", "size": LARGE, "sha256": sha256(source)}
            assert sha256(fleet.folder / "copy") == sha256(source)
        finally:
            source.unlink()

    @pytest.mark.parametrize(("dest", "at"), [(".", "a.log"), ("in/", "in/a.log"), ("in", "in/a.log"), ("b", "b")])
    def test_in_a_folder_it_keeps_its_name(self, fleet: Program, host: RealHost, dest: str, at: str) -> None:
        (host.logs / "a.log").write_text("one\n")
        (fleet.folder / "in").mkdir()

        assert fleet.says("cp", f"{host.id}:{host.logs}/a.log", dest) == f"{at}\n"
        assert (fleet.folder / at).read_text() == "one\n"
        assert stat.S_IMODE((fleet.folder / at).stat().st_mode) == 0o666 & ~mask()

    def test_a_file_that_is_there_stays_unless_it_may_be_replaced(self, fleet: Program, host: RealHost) -> None:
        (host.logs / "a.log").write_text("new\n")
        mine = fleet.folder / "mine"
        mine.write_text("old\n")
        mine.chmod(0o600)

        assert "--overwrite replaces it" in fleet.fails(1, "cp", f"{host.id}:{host.logs}/a.log", "mine")
        assert mine.read_text() == "old\n"
        (fleet.folder / "link").symlink_to("mine")
        fleet.says("cp", "--overwrite", f"{host.id}:{host.logs}/a.log", "link")
        assert mine.read_text() == "new\n"
        assert stat.S_IMODE(mine.stat().st_mode) == 0o600, "it keeps what it had"
        fleet.says("cp", "--overwrite", "--mode", "640", f"{host.id}:{host.logs}/a.log", "mine")
        assert stat.S_IMODE(mine.stat().st_mode) == 0o640
        assert sorted(each.name for each in fleet.folder.iterdir()) == ["link", "mine"]

    def test_standard_output_gets_the_bytes_and_nothing_else(self, fleet: Program, host: RealHost) -> None:
        content = bytes(range(256)) * 5000
        (host.logs / "binary").write_bytes(content)
        ended = subprocess.run(
            [*fleet.command, "cp", f"{host.id}:{host.logs}/binary", "-"],
            capture_output=True,
            check=True,
            cwd=fleet.folder,
            env=fleet.environment,
            timeout=PATIENCE,
        )
        assert (ended.stdout, ended.stderr) == (content, b"")

    def test_on_a_terminal_nothing_of_it_acts(self, fleet: Program, host: RealHost) -> None:
        (host.logs / "odd").write_bytes(b"\x1b]0;owned\x07\xff\n")
        shown = fleet.on_a_terminal("cp", f"{host.id}:{host.logs}/odd", "-")
        assert "␛]0;owned␇" in shown
        assert "\x1b]0" not in shown

    def test_a_reader_who_has_seen_enough_ends_it_silently(self, fleet: Program, host: RealHost) -> None:
        (host.logs / "long").write_text("line\n" * 500_000)
        ended = fleet.shell(f"fleet cp {host.id}:{host.logs}/long - | head -1; echo ${{PIPESTATUS[0]}}")
        assert (ended.stdout, ended.stderr) == ("line\n141\n", "")
        full = fleet.shell(f"fleet cp {host.id}:{host.logs}/long - > /dev/full")
        assert (full.returncode, "No space left on device" in full.stderr) == (1, True)

    def test_an_empty_file_is_a_file(self, fleet: Program, host: RealHost) -> None:
        (host.logs / "empty").touch()
        fleet.says("cp", f"{host.id}:{host.logs}/empty", "here")
        assert (fleet.folder / "here").read_bytes() == b""

    @pytest.mark.parametrize("how", ["daemon", "SIGTERM", "SIGINT"])
    def test_one_that_is_cut_short_leaves_nothing(
        self, fleet: Program, api: httpx.Client, tmp_path: Path, how: str
    ) -> None:
        target = tmp_path / "target"
        target.mkdir()
        with real_host(api, tmp_path / "host") as mine:
            with (mine.logs / "endless").open("wb") as file:
                file.truncate(50 << 30)
            with fleet.running("cp", f"{mine.id}:{mine.logs}/endless", str(target)) as process:
                until(lambda: any(part.stat().st_size for part in target.iterdir()))
                if how == "daemon":
                    mine.stop()
                else:
                    process.send_signal(signal.Signals[how])
                _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == {"daemon": 1, "SIGTERM": 143, "SIGINT": 130}[how]
        assert list(target.iterdir()) == []
        if how == "daemon":
            assert "cut short after " in errors
            assert "Nothing is left of it" in errors


class TestToAHost:
    def test_64_mebibytes_arrive_byte_for_byte(self, fleet: Program, host: RealHost, there: Path) -> None:
        source = large(fleet.folder / "large")
        said = fleet.gives("cp", "large", f"{host.id}:{there}/copy")
        assert said == {"path": f"{there}/copy", "size": LARGE, "sha256": sha256(source)}
        assert sha256(there / "copy") == sha256(source)

    @pytest.mark.parametrize("dest", ["", ".", "./", "a.txt", "./a.txt"])
    def test_without_a_whole_path_it_lies_in_the_upload_folder(self, fleet: Program, host: RealHost, dest: str) -> None:
        (fleet.folder / "a.txt").write_text("one\n")
        said = fleet.says("cp", "a.txt", f"{host.id}:{dest}")
        assert said.endswith("a.txt\n")
        assert (host.up / "a.txt").read_text() == "one\n"
        (host.up / "a.txt").unlink()

    @pytest.mark.parametrize("end", ["", "/"])
    def test_in_a_folder_it_keeps_its_name(self, fleet: Program, host: RealHost, there: Path, end: str) -> None:
        (fleet.folder / "a.txt").write_text("one\n")
        assert fleet.says("cp", "./a.txt", f"{host.id}:{there}{end}") == f"{host.id}:{there}/a.txt\n"
        assert (there / "a.txt").read_text() == "one\n"
        assert "--overwrite" in fleet.fails(1, "cp", "a.txt", f"{host.id}:{there}{end}"), "there it is already"

    def test_standard_input_streams_until_its_end(self, fleet: Program, host: RealHost, there: Path) -> None:
        assert fleet.says("cp", "-", f"{host.id}:{there}/said", stdin="from a pipe\n") == f"{host.id}:{there}/said\n"
        assert (there / "said").read_text() == "from a pipe\n"
        assert "HOST:NAME" in fleet.fails(2, "cp", "-", f"{host.id}:")
        assert fleet.shell(f"fleet cp - {host.id}:x <&-").stderr == "Error: Standard input is closed.\n"

    def test_mode_and_overwrite_are_asked_for(self, fleet: Program, host: RealHost, there: Path) -> None:
        for text, more in (("old", ["--mode", "600"]), ("new", ["--overwrite"])):
            (fleet.folder / "a.txt").write_text(text)
            fleet.says("cp", "a.txt", f"{host.id}:{there}/b", *more)
        assert (there / "b").read_text() == "new"
        assert stat.S_IMODE((there / "b").stat().st_mode) == 0o600

        said = fleet.fails(1, "cp", "a.txt", f"{host.id}:{there}/b")
        assert "is there already; --overwrite replaces it. (EXISTS)" in said

    def test_a_local_name_with_a_colon_and_an_empty_file_and_one_of_the_kernels(
        self, fleet: Program, host: RealHost, there: Path
    ) -> None:
        (fleet.folder / "a:b").write_text("colon")
        fleet.says("cp", "./a:b", f"{host.id}:{there}/")
        (fleet.folder / "empty").touch()
        fleet.says("cp", "empty", f"{host.id}:{there}")
        fleet.says("cp", "/proc/version", f"{host.id}:{there}")
        assert (there / "a:b").read_text() == "colon"
        assert (there / "empty").read_bytes() == b""
        assert (there / "version").read_text() == Path("/proc/version").read_text()

    @pytest.mark.parametrize("how", ["daemon", "SIGTERM"])
    def test_one_that_is_cut_short_leaves_nothing(
        self, fleet: Program, api: httpx.Client, tmp_path: Path, how: str
    ) -> None:
        with real_host(api, tmp_path / "host") as mine:
            process = subprocess.Popen(
                [*fleet.command, "cp", "-", f"{mine.id}:{mine.more}/half"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=fleet.folder,
                env=fleet.environment,
            )
            try:
                assert process.stdin is not None
                process.stdin.write(b"x" * (8 << 20))
                process.stdin.flush()
                until(lambda: any("deleted" in str(fd.readlink()) for fd in Path(f"/proc/{mine.pid}/fd").iterdir()))
                if how == "daemon":
                    mine.stop()
                else:
                    process.terminate()
                _, errors = process.communicate(b"x" * (8 << 20), timeout=PATIENCE)
            finally:
                process.kill()
                process.wait()
            until(lambda: mine.left() == [str(mine.up)] or mine.left() == [])
        assert process.returncode == (1 if how == "daemon" else 143)
        if how == "daemon":
            assert b"cut short: " in errors
            assert b"Nothing is left of it" in errors


class TestRefusals:
    @pytest.mark.parametrize(
        ("source", "dest", "code", "said"),
        [
            ("{id}:/etc/passwd", ".", 5, "(OUTSIDE_ROOTS)"),
            ("a.txt", "{id}:/etc/fleet-test", 5, "(OUTSIDE_ROOTS)"),
            ("{id}:{logs}/none", ".", 4, "(NOT_FOUND)"),
            ("a.txt", "{id}:{more}/none/b", 4, "(NOT_FOUND)"),
            ("{id}:{logs}", "b", 2, "(NOT_A_FILE)"),
            ("{id}:{logs}/../x", ".", 2, "(INVALID_PATH)"),
            ("nowhere:/x", ".", 4, "no host “nowhere”"),
            ("{id}:relative", ".", 2, "whole path"),
            ("a.txt", "b.txt", 2, "HOST:PATH"),
            ("{id}:/a", "{id}:/b", 2, "HOST:PATH"),
            ("none.txt", "{id}:", 1, "none.txt cannot be read: No such file"),
            (".", "{id}:", 2, "is a folder"),
            ("{id}:{logs}/there", "no/such/folder/", 1, "There is no folder"),
            ("{id}:{logs}/there", "no/such/folder", 1, "cannot be written"),
            ("{id}:{logs}/there", "/dev/null", 1, "no file that can be replaced"),
        ],
    )
    def test_what_cannot_be_copied_is_a_sentence_and_leaves_nothing(
        self, fleet: Program, host: RealHost, source: str, dest: str, code: int, said: str
    ) -> None:
        (fleet.folder / "a.txt").write_text("one\n")
        (host.logs / "there").write_text("x")
        names = {"id": host.id, "logs": host.logs, "more": host.more}

        assert said in fleet.fails(code, "cp", source.format(**names), dest.format(**names))
        assert [each.name for each in fleet.folder.iterdir()] == ["a.txt"]

    def test_a_refusal_comes_before_a_large_file(self, fleet: Program, host: RealHost) -> None:
        with (fleet.folder / "sparse").open("wb") as file:
            file.truncate(9 << 30)
        assert "(OUTSIDE_ROOTS)" in fleet.fails(5, "cp", "sparse", f"{host.id}:/etc/sparse")

    def test_a_viewer_copies_nothing(self, viewer: Program, host: RealHost, there: Path) -> None:
        (host.logs / "there").write_text("x")
        (viewer.folder / "a.txt").write_text("one\n")
        for words in ([f"{host.id}:{host.logs}/there", "copy"], ["a.txt", f"{host.id}:{there}/a.txt"]):
            errors = viewer.fails(5, "cp", *words)
            assert "(FORBIDDEN)" in errors
            assert "Ask an administrator" in errors
        assert list(there.iterdir()) == []
        assert not (viewer.folder / "copy").exists()

    def test_a_host_that_is_not_connected_and_an_agent_that_is_none(self, fleet: Program, api: httpx.Client) -> None:
        (fleet.folder / "a.txt").write_text("one\n")
        name, agent = enrol(api).name, make_agent(api)["id"]
        for words in (["a.txt", "{}:"], ["{}:/var/log/x", "."]):
            assert "(HOST_OFFLINE)" in fleet.fails(1, "cp", *[word.format(name) for word in words])
            assert "(NOT_A_HOST)" in fleet.fails(1, "cp", *[word.format(agent) for word in words])

    @pytest.mark.parametrize("words", [["--mode", "9"], ["--mode", "640", "-"], ["--overwrite", "-"], ["--json", "-"]])
    def test_wrong_usage(self, fleet: Program, host: RealHost, words: list[str]) -> None:
        dest = words.pop() if words[-1] == "-" else "x"
        assert fleet.fails(2, "cp", f"{host.id}:/var/log/x", dest, *words)


def test_memory_does_not_grow_with_the_file(fleet: Program, host: RealHost, there: Path) -> None:
    """Both ways, by what the program itself has needed at most, beside a file of a byte."""
    sizes = (1, 256 << 20)
    for number, size in enumerate(sizes):
        with (host.logs / f"file{number}").open("wb") as file:
            file.truncate(size)
    need = [
        (
            needed(fleet, "cp", f"{host.id}:{host.logs}/file{number}", f"file{number}"),
            needed(fleet, "cp", f"file{number}", f"{host.id}:{there}"),
        )
        for number in range(len(sizes))
    ]
    assert all(after - before < 8 << 10 for before, after in zip(*need, strict=True)), need


def needed(fleet: Program, *words: str) -> int:
    """The most memory of a command's, in KiB."""
    program = (
        "import sys; from fleet.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    return int(
        Program(fleet.folder, fleet.url, fleet.token, [fleet.command[0], "-c", program]).says(*words).split()[-1]
    )


def test_a_person_sees_how_far_it_is_and_a_pipe_nothing(fleet: Program, host: RealHost) -> None:
    """How it is worded is in tests/shell/test_progress.py."""
    (host.logs / "there").write_text("x")
    assert fleet.run("cp", f"{host.id}:{host.logs}/there", "copy").stderr == ""
    assert json.loads(fleet.on_a_terminal("cp", f"{host.id}:{host.logs}/there", "other", "--json"))["size"] == 1


def mask() -> int:
    before = os.umask(0)
    os.umask(before)
    return before


def test_over_tls_a_refusal_comes_before_a_large_file_too(tmp_path: Path) -> None:
    """There nobody sees an answer before it is read: the sender learns it when the server hangs up."""
    certificate, key = make_certificate(tmp_path)
    with served(tmp_path, "--dev", "--tls-cert", str(certificate), "--tls-key", str(key)) as server:
        fleet = Program(tmp_path, server.url, server.token)
        with httpx.Client(
            base_url=server.url,
            headers={"Authorization": f"Bearer {server.token}"},
            verify=ssl.create_default_context(cafile=str(certificate)),
        ) as api:
            agent = make_agent(api)["id"]
        with (fleet.folder / "sparse").open("wb") as file:
            file.truncate(9 << 30)
        errors = fleet.fails(1, "cp", "sparse", f"{agent}:x", SSL_CERT_FILE=str(certificate))
    assert "(NOT_A_HOST)" in errors
