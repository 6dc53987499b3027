"""What stands in the way of a database's file is half a sentence with a remedy."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from fleet.config import database_trouble
from fleet.config.database_trouble import why


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space"), OSError(errno.EDQUOT, "Quota"), sqlite3.OperationalError("disk is full")],
)
def test_a_full_disk(tmp_path: Path, error: OSError | sqlite3.Error) -> None:
    assert why(tmp_path / "fleet.db", error) == f"the disk of {tmp_path} is full; free some space on it"


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    said = why(tmp_path / "none" / "fleet.db", OSError(errno.ENOENT, "No such file"))
    assert said == f"there is no folder {tmp_path}/none; make it, or name another file with --database"


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = why(tmp_path / "file" / "fleet.db", OSError(errno.ENOTDIR, "Not a directory"))
    assert said.startswith(f"there is no folder {tmp_path}/file")


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    said = why(tmp_path, sqlite3.OperationalError("unable to open database file"))
    assert said == "it is a folder; name a file in it, or name another file with --database"


@pytest.mark.parametrize("forbidden", ["", "fleet.db"])
def test_what_this_user_may_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str) -> None:
    (tmp_path / "fleet.db").write_text("")
    monkeypatch.setattr(database_trouble.os, "access", lambda path, _mode: Path(path) != tmp_path / forbidden)
    said = why(tmp_path / "fleet.db", sqlite3.OperationalError("attempt to write a readonly database"))
    assert said.startswith(f"this user may not write {tmp_path / forbidden}; give it that right")


def test_a_disk_that_is_mounted_read_only(tmp_path: Path) -> None:
    said = why(tmp_path / "fleet.db", OSError(errno.EROFS, os.strerror(errno.EROFS)))
    assert said.startswith(f"the disk of {tmp_path} is mounted read-only; mount it for writing")


def test_anything_else_in_its_own_words(tmp_path: Path) -> None:
    assert why(tmp_path / "fleet.db", OSError(errno.EIO, "Input/output error")) == "Input/output error"
