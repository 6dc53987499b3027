"""A disk that takes nothing, full or read-only: each command says so in one sentence, with what helps, and no trace."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.console import fleet
from tests.support.small_disk import SmallDisk

pytestmark = pytest.mark.faults
COMMANDS = (
    ("serve", "-p", "0"),
    ("db", "upgrade"),
    ("backup", "{disk}/copy.db"),
    ("restore", "--force", "{elsewhere}/copy.db"),
    ("token", "create", "ci", "--role", "viewer"),
)


@pytest.fixture(scope="module")
def database(small_disk: SmallDisk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database on the small disk, and a copy elsewhere."""
    path = small_disk.folder / "fleet.db"
    assert fleet("db", "upgrade", "-d", path).returncode == 0
    shutil.copy(path, path.with_name("never-served.db"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # as it was served
    shutil.copy(path, tmp_path_factory.mktemp("elsewhere") / "copy.db")
    return path


@pytest.fixture(scope="module")
def elsewhere(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert database
    return next(path.parent for path in tmp_path_factory.getbasetemp().glob("elsewhere*/copy.db"))


@pytest.fixture
def full(small_disk: SmallDisk, database: Path) -> Iterator[Path]:
    """Its disk without room."""
    small_disk.fill()
    yield database
    small_disk.free()


@pytest.fixture
def read_only(small_disk: SmallDisk, database: Path) -> Iterator[Path]:
    """Its disk mounted read-only."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk.folder)], check=True)
    yield database
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk.folder)], check=True)


def said(command: tuple[str, ...], database: Path, elsewhere: Path) -> str:
    """What a command says that has to fail."""
    words = [word.format(disk=database.parent, elsewhere=elsewhere) for word in command]
    done = fleet(*words, "-d", database)
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, "one sentence"
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_disk_is_named_and_what_helps(command: tuple[str, ...], full: Path, elsewhere: Path) -> None:
    assert f"the disk of {full.parent} is full; free some space on it." in said(command, full, elsewhere)


def test_a_database_that_was_never_served_is_not_served_on_a_full_disk(full: Path, elsewhere: Path) -> None:
    assert "is full; free some space on it." in said(COMMANDS[0], full.with_name("never-served.db"), elsewhere)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_read_only_disk_is_named_and_what_helps(command: tuple[str, ...], read_only: Path, elsewhere: Path) -> None:
    told = said(command, read_only, elsewhere)
    assert f"the disk of {read_only.parent} is mounted read-only; mount it for writing, or name another" in told


@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_a_new_database_without_room_is_refused_alike(command: tuple[str, ...], full: Path, elsewhere: Path) -> None:
    new = full.with_name("new.db")
    try:
        assert "is full; free some space on it." in said(command, new, elsewhere)
    finally:
        for path in full.parent.glob("new.db*"):
            path.unlink()


@pytest.mark.parametrize("command", COMMANDS[:2], ids=" ".join)
def test_a_folder_that_is_missing_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    told = said(command, tmp_path / "none" / "fleet.db", tmp_path)
    assert f"there is no folder {tmp_path}/none; make it, or name another file with --database." in told
