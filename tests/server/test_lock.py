"""One server process on one SQLite file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.server.lock import DatabaseInUse, DatabaseLock
from tests.server.conftest import Server, eventually


def free(lock: DatabaseLock) -> bool:
    try:
        lock.acquire()
    except DatabaseInUse:
        return False
    return True


def test_a_second_server_on_one_file_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    DatabaseLock(tmp_path / "fleet.db").acquire()

    with pytest.raises(DatabaseInUse, match=rf"\(process {os.getpid()}\) works on .*fleet\.db"):
        DatabaseLock(tmp_path / "fleet.db").acquire()


def test_another_file_is_another_matter(tmp_path: Path) -> None:
    DatabaseLock(tmp_path / "one.db").acquire()
    DatabaseLock(tmp_path / "two.db").acquire()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    lock = DatabaseLock(tmp_path / "fleet.db")
    lock.acquire()
    lock.release()

    DatabaseLock(tmp_path / "fleet.db").acquire()


def test_the_lock_file_is_its_owners_only(tmp_path: Path) -> None:
    lock = DatabaseLock(tmp_path / "fleet.db")
    lock.acquire()

    assert lock.path.stat().st_mode & 0o777 == 0o600


def test_the_lock_ends_with_the_process_that_held_it(tmp_path: Path, start: Callable[..., Server]) -> None:
    server = start(str(tmp_path / "fleet.db"))
    lock = DatabaseLock(tmp_path / "fleet.db")
    assert not free(lock)

    server.process.kill()

    eventually(lambda: free(lock))
