"""Output on its way from a command to the server: whole, by offset, at once, within the window."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet import protocol
from fleet.daemon.commands import Limits
from fleet.daemon.commands.progress import Progress, gaps, prepare
from fleet.daemon.commands.spool import Reader, Writer
from tests.support.host import Host, host

KIB, MIB = 1 << 10, 1 << 20
SMALL = Limits(head=64 * KIB, tail=64 * KIB)
PRINT = "import os, sys\nfor n in range({rows}): os.write({fd}, b'%019d\\n' % n)\n"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Host]:
    with host(tmp_path / "state") as running:
        yield running


def printing(tmp_path: Path, rows: int, fd: int = 1) -> str:
    """A command that prints numbered lines of 20 bytes."""
    program = tmp_path / f"print-{rows}-{fd}.py"
    program.write_text(PRINT.format(rows=rows, fd=fd))
    return f"{sys.executable} {program}"


def numbered(start: int, end: int) -> bytes:
    """What `printing` prints between two offsets."""
    lines = b"".join(b"%019d\n" % n for n in range(start // 20, end // 20 + 1))
    return lines[start % 20 : start % 20 + end - start]


def test_both_streams_arrive_apart_and_whole(here: Host, tmp_path: Path) -> None:
    command_id = here.run(f"{printing(tmp_path, 50_000)} & {printing(tmp_path, 30_000, 2)}; wait")

    end = here.ended(command_id)

    assert (end["stdout"], end["stderr"], end["dropped"]) == (1_000_000, 600_000, 0)
    assert here.received.output(command_id) == numbered(0, 1_000_000)
    assert here.received.output(command_id, "stderr") == numbered(0, 600_000)
    assert max(len(chunk.data) for chunk in here.received.chunks) <= protocol.CHUNK_MOST


def test_of_too_much_output_the_first_and_the_last_are_kept_and_the_gap_is_counted(tmp_path: Path) -> None:
    total = 20 * MIB // 20 * 20
    with host(tmp_path / "state", limits=SMALL) as here:
        here.received.deaf = True  # nobody takes it away meanwhile: the window closes after 1 MiB
        here.commands.disconnected()
        command_id = here.run(f"{printing(tmp_path, total // 20)}")
        here.until((here.state / "commands" / command_id / "result").exists, 120)
        here.received.deaf = False
        here.connect()
        end = here.ended(command_id)

    assert (end["stdout"], end["dropped"]) == (total, total - 128 * KIB)
    ranges = sorted((chunk.offset, chunk.data) for chunk in here.received.chunks)
    joined = {0: b"", total - 64 * KIB: b""}
    for offset, data in ranges:
        start = max(begin for begin in joined if begin <= offset)
        assert offset == start + len(joined[start])
        joined[start] += data
    assert joined == {0: numbered(0, 64 * KIB), total - 64 * KIB: numbered(total - 64 * KIB, total)}


def test_output_of_a_command_is_on_its_way_while_it_runs(here: Host, tmp_path: Path) -> None:
    command_id = here.run(f"echo at once; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done")

    here.until(lambda: here.received.output(command_id) == b"at once\n")
    (tmp_path / "go").touch()
    here.ended(command_id)


def test_a_prompt_without_line_end_comes_while_the_command_waits(here: Host, tmp_path: Path) -> None:
    command_id = here.run(f"printf 'Continue? [y/N] '; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done")

    here.until(lambda: here.received.output(command_id).startswith(b"Continue?"))
    (tmp_path / "go").touch()
    assert here.ended(command_id)["stdout"] == 16


def test_a_secret_is_masked_however_slowly_it_is_written(here: Host, tmp_path: Path) -> None:
    command_id = here.run(
        f"printf 'API_TOKEN='; sleep 0.5; printf abcdef; sleep 0.5; printf 'ghijkl\\n'; echo ghp_{'a1B2c3' * 6} >&2;"
        f" while [ ! -e {tmp_path}/go ]; do sleep 0.02; done"
    )
    here.until(lambda: here.received.output(command_id).endswith(b"\n"))
    (tmp_path / "go").touch()
    end = here.ended(command_id)

    assert here.received.output(command_id) == b"API_TOKEN=************\n"
    assert here.received.output(command_id, "stderr") == b"*" * 40 + b"\n"
    assert end["masked"] == 2
    on_disk = b"".join(path.read_bytes() for path in (here.state / "commands" / command_id).iterdir())
    assert b"abcdef" not in on_disk
    assert b"ghp_" not in on_disk


def test_no_more_than_the_window_is_under_way(tmp_path: Path) -> None:
    with host(tmp_path / "state", limits=Limits(window=100_000)) as here:
        here.received.deaf = True
        command_id = here.run(printing(tmp_path, 50_000))
        here.until((here.state / "commands" / command_id / "result").exists)
        for _ in range(5):
            here.turn()
        assert sum(len(chunk.data) for chunk in here.received.chunks) == 100_000
        assert here.received.of(command_id, "ended") == []

        here.send({"type": "want", "id": command_id, "stdout": 60_000, "stderr": 0})
        for _ in range(5):
            here.turn()
        assert sum(len(chunk.data) for chunk in here.received.chunks) == 160_000

        here.received.deaf = False
        here.send(here.received.want(command_id))
        assert here.ended(command_id)["stdout"] == 1_000_000
    assert here.received.output(command_id) == numbered(0, 1_000_000)


def test_a_lower_want_lets_it_be_sent_again(here: Host) -> None:
    command_id = here.run("echo 0123456789")
    here.ended(command_id)
    here.received.chunks.clear()
    here.send({"type": "want", "id": command_id, "stdout": 4, "stderr": 0})
    here.pull()

    assert [(chunk.offset, chunk.data) for chunk in here.received.chunks] == [(4, b"456789\n")]


def test_a_want_beyond_the_end_acknowledges_no_byte_that_is_not_there(here: Host, tmp_path: Path) -> None:
    command_id = here.run(f"echo one; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo two")
    here.until(lambda: here.received.output(command_id) == b"one\n")
    here.send({"type": "want", "id": command_id, "stdout": 1_000_000, "stderr": 1_000_000})
    (tmp_path / "go").touch()
    here.ended(command_id)

    assert here.received.output(command_id) == b"one\ntwo\n"


def test_the_end_is_told_after_all_output_was_acknowledged(here: Host) -> None:
    here.received.deaf = True
    command_id = here.run("echo unheard")
    here.until(lambda: here.received.output(command_id))
    for _ in range(20):
        here.turn()
    assert here.received.of(command_id, "ended") == []

    here.send({"type": "want", "id": command_id, "stdout": 3, "stderr": 0})
    here.turn()
    assert here.received.of(command_id, "ended") == []

    here.send({"type": "want", "id": command_id, "stdout": 8, "stderr": 0})
    assert here.ended(command_id)["stdout"] == 8


def test_what_was_under_way_when_the_link_broke_is_sent_again(here: Host) -> None:
    here.received.deaf = True
    command_id = here.run("echo twice")
    here.until(lambda: here.received.output(command_id))
    here.commands.disconnected()
    assert here.commands.outgoing() is None
    here.received.deaf = False
    here.connect()
    here.ended(command_id)

    assert [(chunk.offset, chunk.data) for chunk in here.received.chunks] == [(0, b"twice\n")] * 2


def test_a_thousand_ends_are_told_with_the_files_of_one(tmp_path: Path) -> None:
    with host(tmp_path / "state") as here:
        here.commands.disconnected()
        ids = [here.run("echo some") for _ in range(60)]
        here.until(lambda: all((here.state / "commands" / each / "result").exists() for each in ids))
        here.until(lambda: not here.commands._runs.busy)
        before = len(list(Path("/proc/self/fd").iterdir()))
        here.received.deaf = True
        here.connect()
        here.pull()
        assert len(here.received.chunks) == 60
        assert len(list(Path("/proc/self/fd").iterdir())) <= before + 4
        here.received.deaf = False
        for each in ids:
            here.send(here.received.want(each))
        for each in ids:
            assert here.ended(each)["state"] == "succeeded"


def test_a_command_is_not_slowed_down_by_a_server_that_does_not_read(here: Host, tmp_path: Path) -> None:
    here.received.deaf = True
    command_id = here.run(printing(tmp_path, 400_000))

    here.until((here.state / "commands" / command_id / "result").exists, 120)


def test_a_ring_that_was_written_over_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    prepare(tmp_path)
    writer, reader = Writer(tmp_path, 10, 100), Reader(tmp_path)
    writer.write("stdout", bytes(range(200)))
    get = reader._get

    def slowly(stream: str, offset: int, size: int) -> bytes:
        data = get(stream, offset, size)
        if offset == 100:  # the writer overtakes between the bytes and their use
            writer.write("stdout", bytes(range(200, 250)))
        return data

    reader._get = slowly  # type: ignore[method-assign]
    assert reader.read("stdout", 0, 50) == (0, bytes(range(10)))
    assert reader.read("stdout", 10, 50) == (150, bytes(range(150, 200)))
    assert reader.read("stdout", 200, 100) == (200, bytes(range(200, 210)) + bytes(range(210, 250)))
    reader.close()


def test_a_ring_is_not_read_where_it_is_just_being_written(tmp_path: Path) -> None:
    prepare(tmp_path)
    writer, reader = Writer(tmp_path, 10, 100), Reader(tmp_path)
    writer.write("stdout", bytes(200))
    writer.progress.claim("stdout", 230)  # 30 bytes are on their way into the ring, over the oldest ones

    assert reader.read("stdout", 50, 10)[0] == 130
    assert gaps(writer.progress, "stdout") == [(10, 130)]
    reader.close()


def test_ranges_that_found_no_room_are_remembered_and_bounded(tmp_path: Path) -> None:
    prepare(tmp_path)
    progress = Progress(tmp_path)
    progress.numbers[0], progress.numbers[1] = 10_000, 10_000
    for start in range(0, 3000, 10):
        progress.lose("stderr", start, start + 5)
        progress.claim("stderr", start + 10)
        progress.advance("stderr", start + 10)

    lost = gaps(progress, "stderr")
    assert lost[:3] == [(0, 5), (10, 15), (20, 25)]
    assert len(lost) == 120
    assert lost[-1] == (1190, 2995)
    assert gaps(progress, "stdout") == []
    progress.close()


def test_chatter_of_short_lines_does_not_flood_the_daemon(here: Host) -> None:
    """5,000 updates of a progress bar are told in far fewer messages, and the last state is there."""
    command_id = here.run("i=0; while [ $i -lt 5000 ]; do printf '\\r%d %%' $i; i=$((i+1)); done; echo")
    began = time.monotonic()
    here.ended(command_id)

    assert here.received.output(command_id).endswith(b"\r4999 %\n")
    assert len(here.received.chunks) < 100 + 60 * (time.monotonic() - began)
