"""Who the daemon is survives everything, and is nobody else's to read."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.daemon import durable
from fleet.daemon.errors import Trouble
from fleet.daemon.identity import Identity


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    made = Identity(tmp_path / "state", tmp_path / "state" / "key")
    made.prepare()
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_all_that_is_in_it_are_the_daemons_own(identity: Identity) -> None:
    old = os.umask(0)
    try:
        identity.enrol("agt_1", "fla_x")
        identity.remember("s1")
    finally:
        os.umask(old)

    assert mode(identity.state) == 0o700
    assert {mode(path) for path in identity.state.iterdir()} == {0o600}
    assert (identity.key(), identity.agent_id()) == ("fla_x", "agt_1")


def test_a_folder_that_others_may_enter_is_closed(identity: Identity) -> None:
    identity.state.chmod(0o755)
    identity.prepare()

    assert mode(identity.state) == 0o700


def test_a_key_that_everybody_may_read_is_not_used(identity: Identity) -> None:
    identity.enrol("agt_1", "fla_x")
    identity.key_file.chmod(0o644)

    with pytest.raises(Trouble, match="replace the key") as caught:
        identity.key()
    assert "fla_x" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"a b", b"a\nb", "schlüssel".encode(), b"x" * 501, b"\xff\x00"])
def test_what_is_no_key_is_not_sent_to_anybody(identity: Identity, content: bytes) -> None:
    durable.write(identity.key_file, content)
    with pytest.raises(Trouble, match="is no key"):
        identity.key()


def test_the_session_is_what_was_remembered_last_also_for_the_next_process(identity: Identity) -> None:
    assert identity.session is None
    identity.remember("s1")
    identity.remember("s2")

    assert (identity.session, Identity(identity.state, identity.key_file).session) == ("s2", "s2")


def test_a_session_is_synced_before_it_is_renamed_and_its_folder_after(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(fd: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        fsync(fd)

    def noted_replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    identity.remember("s1")

    assert steps == ["file", "rename", "folder"]


def test_on_a_full_disk_the_session_goes_over_the_one_before(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.remember("a-long-session")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "write", full)
    identity.remember("s2")

    assert Identity(identity.state, identity.key_file).session == "s2"


def test_a_write_that_fails_leaves_the_file_as_it_was_and_nothing_beside_it(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.remember("s1")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        identity.remember("s2")

    assert (identity.state / "session").read_text() == "s1\n"
    assert [path.name for path in identity.state.iterdir()] == ["session"]


def test_a_link_that_somebody_laid_is_not_written_through(identity: Identity, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (identity.state / ".session.new").symlink_to(victim)
    identity.remember("s1")

    assert victim.read_text() == "untouched"


def test_one_daemon_has_the_folder_and_what_it_forked_does_not_keep_it(identity: Identity) -> None:
    program = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from fleet.daemon.identity import Identity\n"
        "identity = Identity(Path(sys.argv[1]), Path(sys.argv[1]) / 'key')\n"
        "assert identity.claim() is not None\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sys.stdin.read()\n"
        "    os._exit(0)\n"
        "print('held', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(identity.state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    assert identity.claim() is None

    process.kill()
    process.wait()
    lock = identity.claim()
    assert process.stdin is not None
    process.stdin.close()
    process.stdout.close()
    assert lock is not None
    os.close(lock)
