"""A full disk on the host: what is new is refused in words, what runs goes on, and it heals by itself."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.daemon.commands import disk
from tests.support.host import Host, host
from tests.support.small_disk import SmallDisk

# Prints numbered lines of 20 bytes until it is told to stop, and one more then.
PRINT = """import os, sys, time
n = 0
while not os.path.exists(sys.argv[1]):
    os.write(1, b"".join(b"%019d\\n" % (n + i) for i in range(100)))
    n += 100
    time.sleep(0.005)
"""


class Disk:
    """Holds the state of a host. Here it is a pretence: with `full` there, no write finds room that was not taken before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._full = folder / "full"

    def pretend(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In this process, and in those that are forked from it later."""
        write_all, allocate, pwrite = disk.write_all, disk.allocate, os.pwrite

        def check(fd: int) -> None:
            if self._full.exists() and Path(f"/proc/self/fd/{fd}").readlink().name != "result.new":
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(disk, "write_all", lambda fd, data: (check(fd), write_all(fd, data))[1])
        monkeypatch.setattr(disk, "allocate", lambda fd, size: (check(fd), allocate(fd, size))[1])
        monkeypatch.setattr(os, "pwrite", lambda fd, data, at: (check(fd), pwrite(fd, data, at))[1])

    def fill(self) -> None:
        self._full.touch()

    def free(self) -> None:
        self._full.unlink()


Small = Disk | SmallDisk


@pytest.fixture(params=["pretended", "real"])
def small(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    if request.param == "pretended":
        pretended = Disk(tmp_path)
        pretended.pretend(monkeypatch)
        yield pretended
        return
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here; the pretended one is tried")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def here(small: Small) -> Iterator[Host]:
    with host(small.folder / "state") as running:
        yield running


def refusal(here: Host, small: Small, ran: Path) -> str:
    """Hand over commands until one is refused, for there may be a last corner; each that was taken ends."""
    for _ in range(20):
        small.fill()
        command_id = here.run(f"echo $FLEET_COMMAND_ID >> {ran}")
        here.pull()
        if here.received.of(command_id, "refused"):
            return command_id
        assert here.ended(command_id)["state"] == "succeeded"
    pytest.fail("the disk is full and yet everything is taken")


def test_a_command_that_finds_no_room_is_refused_and_not_started(here: Host, small: Small, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    ran.touch()
    refused = refusal(here, small, ran)

    assert here.received.of(refused, "refused")[0]["code"] == "DISK_FULL"
    assert here.received.types(refused) == ["refused"]
    small.free()
    again = here.run(f"echo $FLEET_COMMAND_ID >> {ran}")
    assert here.ended(again)["state"] == "succeeded"
    assert refused not in ran.read_text()
    assert (here.state / "reserve").stat().st_size == disk.RESERVE
    # And the journal is whole: the next daemon reads it without a word.
    here.commands.disconnected()
    assert again in here.connect()["ended"]


def test_output_that_finds_no_room_is_counted_and_the_command_goes_on(here: Host, small: Small, tmp_path: Path) -> None:
    program, stop = tmp_path / "print.py", tmp_path / "stop"
    program.write_text(PRINT)
    command_id = here.run(f"{sys.executable} {program} {stop}")
    here.until(lambda: len(here.received.output(command_id)) > 10_000)
    small.fill()
    kept = here.received.ends(command_id)["stdout"]
    folder = here.state / "commands" / command_id
    here.until(lambda: total(folder) > kept + 200_000)
    small.free()
    freed = total(folder)
    here.until(lambda: here.received.ends(command_id)["stdout"] > freed + 50_000)
    stop.touch()
    end = here.ended(command_id)

    assert end["state"] == "succeeded"
    assert end["dropped"] > 0
    received = sorted((chunk.offset, chunk.data) for chunk in here.received.chunks)
    assert sum(len(data) for _, data in received) == end["stdout"] - end["dropped"]
    for offset, data in received:
        assert data == numbered(offset, offset + len(data))


def test_a_waiting_command_starts_once_there_is_room(here: Host, small: Small, tmp_path: Path) -> None:
    blockers = [here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done") for _ in range(4)]
    waiting = here.run(f"echo ran >> {tmp_path}/ran")
    here.until(lambda: all(here.received.of(each, "started") for each in blockers))
    small.fill()
    (tmp_path / "go").touch()
    for each in blockers:
        assert here.ended(each)["state"] == "succeeded"
    small.free()

    assert here.ended(waiting)["state"] == "succeeded"
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_forgetting_and_canceling_wait_for_room(here: Host, small: Small, tmp_path: Path) -> None:
    ended = here.run("true")
    here.ended(ended)
    blockers = [here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done") for _ in range(4)]
    waiting = here.run(f"echo never >> {tmp_path}/never")
    here.until(lambda: all(here.received.of(each, "started") for each in blockers))
    small.fill()
    here.send({"type": "cancel", "id": waiting})
    here.send({"type": "forget", "id": ended})
    for _ in range(5):
        here.turn()
    small.free()

    assert here.ended(waiting)["state"] == "canceled"
    here.until(lambda: ended not in here.commands.hello()["ended"])
    here.connect()
    (tmp_path / "go").touch()
    for each in blockers:
        here.ended(each)
    assert not (tmp_path / "never").exists()


def total(folder: Path) -> int:
    """How much the command has written, by its runner's own count."""
    from fleet.daemon.commands.progress import Progress

    progress = Progress(folder)
    try:
        return progress.total("stdout")
    finally:
        progress.close()


def numbered(start: int, end: int) -> bytes:
    """What the program prints between two offsets."""
    lines = b"".join(b"%019d\n" % n for n in range(start // 20, end // 20 + 1))
    return lines[start % 20 : start % 20 + end - start]
