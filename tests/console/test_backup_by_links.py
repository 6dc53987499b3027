"""Backups and restores by way of links, notes that cannot be written, and what a kill leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.config import Settings
from fleet.console.backup import backup
from fleet.db.upkeep import last_backup
from fleet.db.upkeep.upgrade import upgrade
from tests.support.console import fleet
from tests.support.serving import served


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "fleet.db"
    path.parent.mkdir()
    upgrade(Settings(database=str(path)))
    return path


@pytest.fixture
def link(tmp_path: Path, database: Path) -> Path:
    """Another name of the database, in another folder."""
    path = tmp_path / "link.db"
    path.symlink_to(database)
    return path


def test_a_restore_onto_a_link_replaces_what_it_points_to(tmp_path: Path, database: Path, link: Path) -> None:
    backup(Settings(database=str(database)), str(tmp_path / "copy.db"))
    before = database.stat().st_ino

    done = fleet("restore", tmp_path / "copy.db", "--force", "-d", link)

    assert done.returncode == 0, done.stderr
    assert link.is_symlink()
    assert link.samefile(database)
    assert database.stat().st_ino != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data", "link.db"], "nothing beside the link"
    assert database.with_name("fleet.db.audit-anchor").exists()


def test_a_served_file_is_left_alone_by_whatever_name_it_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "link.db").symlink_to(folder / "fleet.db")
    with served(folder) as running:
        assert fleet("backup", tmp_path / "copy.db", "-d", running.database).returncode == 0
        os.link(running.database, tmp_path / "hard.db")

        for name in ("link.db", "hard.db"):
            for words in (("restore", tmp_path / "copy.db", "--force"), ("serve", "-p", "0"), ("db", "upgrade")):
                done = fleet(*words, "-d", tmp_path / name)
                assert done.returncode == 3, (name, words, done.stderr)
                assert "stop the other one" in done.stderr


def test_a_backup_onto_a_link_replaces_what_it_points_to(tmp_path: Path, database: Path) -> None:
    settings, newest = Settings(database=str(database)), tmp_path / "newest.db"
    backup(settings, str(tmp_path / "one.db"))
    newest.symlink_to(tmp_path / "one.db")
    before = (tmp_path / "one.db").stat().st_ino

    backup(settings, str(newest))

    assert newest.is_symlink()
    assert (tmp_path / "one.db").stat().st_ino != before


def test_a_backup_that_is_whole_is_a_success_also_without_its_note(tmp_path: Path, database: Path) -> None:
    last_backup.path_of(database).mkdir()  # where nobody can write a file

    done = fleet("backup", tmp_path / "copy.db", "-d", database)

    assert done.returncode == 0, done.stderr
    assert "checked" in done.stderr
    assert "Only the note of it could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "copy.db").stat().st_size == database.stat().st_size


def test_a_restore_that_is_whole_is_a_success_also_without_its_anchor(tmp_path: Path, database: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(Settings(database=str(database)), str(copy))
    place = tmp_path / "other"
    (place / "fleet.db.audit-anchor").mkdir(parents=True)

    done = fleet("restore", copy, "-d", place / "fleet.db")

    assert done.returncode == 0, done.stderr
    assert "Only its anchor could not be written" in done.stdout
    assert (place / "fleet.db").exists()


def test_what_a_killed_backup_left_goes_with_the_next_one(tmp_path: Path, database: Path) -> None:
    (tmp_path / ".copy.db.abcdefgh").write_text("half of it")

    backup(Settings(database=str(database)), str(tmp_path / "copy.db"))

    assert not list(tmp_path.glob(".copy.db.*"))
