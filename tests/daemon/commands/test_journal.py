"""What is journaled is there as a whole or not at all, and damage is said (contract I2)."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import pytest

from fleet.daemon.commands import journal as module
from fleet.daemon.commands.journal import Journal
from tests.support.host import host


def written(path: Path, count: int = 3) -> list[dict[str, object]]:
    records: list[dict[str, object]] = [{"do": "accepted", "id": str(n), "text": "ü\n" * n} for n in range(count)]
    journal = Journal(path)
    for record in records:
        journal.append(record)
    journal.close()
    return records


def test_records_come_back_in_order(tmp_path: Path) -> None:
    records = written(tmp_path / "journal")

    assert Journal(tmp_path / "journal").replay() == records


def test_a_torn_tail_is_dropped_wherever_it_was_torn(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    records = written(path)
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole)):
        path.write_bytes(whole[:cut])
        journal = Journal(path)
        assert journal.replay() == records[:2]
        journal.append(records[2])
        assert journal.replay() == records
        journal.close()
    assert path.read_bytes() == whole


def test_a_record_that_is_damaged_in_the_middle_is_said_and_the_rest_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal"
    records = written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b'"1"', b'"7"') + lines[2])

    assert Journal(path).replay() == [records[0], records[2]]
    assert [(record.levelno, "line 2" in record.getMessage()) for record in caplog.records] == [(logging.ERROR, True)]


def test_what_could_not_be_written_whole_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    records = written(path)
    journal = Journal(path)

    def torn(fd: int, data: bytes) -> None:
        os.write(fd, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module.disk, "write_all", torn)
        with pytest.raises(OSError, match="No space"):
            journal.append({"do": "accepted", "id": "new"})
        with pytest.raises(OSError, match="No space"):
            journal.rewrite(records[:1])
    assert journal.replay() == records
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]
    journal.append({"do": "accepted", "id": "new"})
    assert len(journal.replay()) == 4


def test_a_failed_sync_is_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "journal")

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(module.disk, "sync", broken)
        with pytest.raises(OSError, match="Input/output"):
            journal.append({"do": "accepted", "id": "new"})
    assert journal.replay() == []


def test_a_command_whose_record_was_damaged_is_taken_from_its_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with host(tmp_path / "state") as here:
        ended = here.run("echo kept")
        here.ended(ended)
        running = here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo ran >> {tmp_path}/ran")
        here.until(lambda: here.received.of(running, "started"))
    path = tmp_path / "state/journal"
    path.write_bytes(
        path.read_bytes().replace(ended.encode(), b"x" * len(ended)).replace(running.encode(), b"y" * len(running))
    )

    with host(tmp_path / "state") as here:
        (tmp_path / "go").touch()
        assert here.ended(ended)["state"] == "succeeded"
        assert here.received.output(ended) == b"kept\n"
        assert here.ended(running)["state"] == "succeeded"
        for each in (ended, running):
            here.send({"type": "forget", "id": each})
        assert list((tmp_path / "state/commands").iterdir()) == []
    assert (tmp_path / "ran").read_text() == "ran\n"
    assert "has no record" in caplog.text


def test_a_command_whose_folder_is_gone_is_never_started_again(tmp_path: Path) -> None:
    with host(tmp_path / "state") as here:
        command_id = here.run(f"echo ran >> {tmp_path}/ran")
        here.ended(command_id)
    for path in (tmp_path / "state/commands" / command_id).iterdir():
        path.unlink()
    (tmp_path / "state/commands" / command_id).rmdir()

    with host(tmp_path / "state") as here:
        assert here.ended(command_id)["state"] == "unknown"
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_a_large_journal_is_written_anew_and_loses_nothing_that_lives(
    tmp_path: Path,
) -> None:
    with host(tmp_path / "state") as here:
        kept = here.run("true", stdin="x" * 1000)
        for _ in range(10):
            command_id = here.run(": " + "x" * 60_000, stdin="y" * 200_000)
            here.ended(command_id)
            here.send({"type": "forget", "id": command_id})
        assert (tmp_path / "state/journal").stat().st_size < 1_500_000
    with host(tmp_path / "state") as here:
        assert here.ended(kept)["state"] == "succeeded"
        here.send({**here.received.of(kept, "ended")[0], "type": "cancel"})
        assert len(here.commands._store.forgotten) == 10
