"""A database that is put aside keeps its name until another one has it, and is put back when none came."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from fleet.db.upkeep import aside, snapshot


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A broken one that cannot even be opened, with its log and the audit's anchor."""

    def refuse(_: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError

    monkeypatch.setattr(snapshot, "connect", refuse)
    path = tmp_path / "fleet [1].db"
    path.write_bytes(b"no database, as it lies")
    for ending in ("-wal", ".audit-anchor"):
        path.with_name(path.name + ending).write_text(ending)
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_has_both_names_and_its_log_goes_with_the_new_one(database: Path) -> None:
    target = aside.put_aside(database)

    assert target.samefile(database)
    assert files(database.parent) == {
        database.name: b"no database, as it lies",
        target.name: b"no database, as it lies",
        f"{target.name}-wal": b"-wal",
        f"{target.name}.audit-anchor": b".audit-anchor",
    }


def test_what_was_cut_short_is_undone(database: Path) -> None:
    before = files(database.parent)
    aside.put_aside(database)

    aside.put_back(database)

    assert files(database.parent) == before
    assert database.stat().st_nlink == 1


def test_what_another_database_has_replaced_stays_aside(database: Path) -> None:
    target = aside.put_aside(database)
    other = database.with_name("other")
    other.write_bytes(b"the other one")
    other.replace(database)
    before = files(database.parent)

    aside.put_back(database)

    assert files(database.parent) == before
    assert target.exists()


def test_where_a_file_cannot_have_two_names_it_is_copied(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)

    target = aside.put_aside(database)

    assert target.read_bytes() == database.read_bytes()
    assert not target.samefile(database)
