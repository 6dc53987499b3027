"""One server process on one SQLite file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fleet.config import load
from fleet.config.database_file import DatabaseUnusable
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


def test_a_link_to_a_served_file_is_that_file(tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "fleet.db")
    DatabaseLock(tmp_path / "fleet.db").acquire()
    through_the_link = load({"database": str(link)}, {}).sqlite_path
    assert through_the_link

    with pytest.raises(DatabaseInUse):
        DatabaseLock(through_the_link).acquire()


@pytest.fixture
def two_names(tmp_path: Path) -> tuple[Path, Path]:
    """A database that has two names, in two folders."""
    one, other = tmp_path / "one" / "fleet.db", tmp_path / "other" / "fleet.db"
    one.parent.mkdir()
    other.parent.mkdir()
    with closing(sqlite3.connect(one)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE eggs (id)")
    os.link(one, other)
    return one, other


WORK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT * FROM eggs").fetchall()
print(flush=True)
sys.stdin.read()
"""


def test_a_file_that_somebody_works_on_by_another_name_is_in_use(two_names: tuple[Path, Path]) -> None:
    command = [sys.executable, "-c", WORK, str(two_names[0])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as working:
        assert working.stdout
        working.stdout.readline()

        with pytest.raises(DatabaseInUse, match=rf"\(process {working.pid}\)"):
            DatabaseLock(two_names[1]).acquire()


def test_a_file_with_two_names_is_refused_until_it_has_one(two_names: tuple[Path, Path]) -> None:
    """What a killed server left in the log beside one name would be lost for the other."""
    lock = DatabaseLock(two_names[1])
    with pytest.raises(DatabaseUnusable, match="2 names"):
        lock.acquire()

    two_names[0].unlink()

    lock.acquire()
    lock.release()


def test_a_folder_that_is_missing_is_named_with_what_helps(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match=r"there is no folder .*/nowhere; make it, or name another file"):
        DatabaseLock(tmp_path / "nowhere" / "fleet.db").acquire()


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


def test_a_lock_that_was_handed_over_is_held_until_the_last_has_ended(tmp_path: Path) -> None:
    giver, taker, other = (DatabaseLock(tmp_path / "fleet.db") for _ in range(3))
    giver.acquire()
    assert giver.descriptor is not None

    assert taker.adopt(os.dup(giver.descriptor))

    giver.release()
    assert not free(other)
    taker.release()
    assert free(other)


def test_another_databases_lock_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    given = DatabaseLock(tmp_path / "one.db")
    given.acquire()
    assert given.descriptor is not None

    assert not DatabaseLock(tmp_path / "two.db").adopt(given.descriptor)
    assert not DatabaseLock(tmp_path / "one.db").adopt(10_000)
