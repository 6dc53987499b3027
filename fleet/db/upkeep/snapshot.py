"""A copy of a SQLite database that may be in use: one moment of it, checked against that moment."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fleet.errors import FleetError

HEADER = b"SQLite format 3\x00"


class BadCopy(FleetError):
    """A copy, or what should be one, that cannot be relied on."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__("BACKUP_UNUSABLE", f"{path} is not a usable copy of a Fleet database: {why}.")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its revision, how many rows each table has, and the audit's head."""

    revision: str | None
    rows: dict[str, int]
    audit_head: str | None = None


def copy(source: Path, target: Path) -> Contents:
    """Copy `source` over the empty file `target`, and check the copy; returns what it holds.

    The read transaction pins one moment, so that rows can be compared while
    others go on writing; in WAL mode it delays nobody. Raises BadCopy, or
    sqlite3's errors and OSError as they are.
    """
    with closing(connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.execute("BEGIN")
        expected = contents(reading)
        reading.backup(writing)
        reading.rollback()
        writing.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        copied = check(writing, target)
    if copied != expected:
        raise BadCopy(target, "its rows are not those of the original")
    sync(target)
    return copied


def check(connection: sqlite3.Connection, path: Path) -> Contents:
    """What a copy holds, once it is known to be whole. Raises BadCopy."""
    try:
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
        dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
        checked = contents(connection)
    except sqlite3.DatabaseError as error:
        raise BadCopy(path, str(error)) from error
    if wrong:
        raise BadCopy(path, "; ".join(wrong))
    if dangling is not None:
        raise BadCopy(path, f"a row of {dangling[0]} points to nothing")
    if checked.revision is None or "journal" not in checked.rows:
        raise BadCopy(path, "it has none of Fleet's tables")
    return checked


def contents(connection: sqlite3.Connection) -> Contents:
    """Count every table."""
    names = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    rows = {
        name: _one(connection, f'SELECT count(*) FROM "{name}"')  # noqa: S608  # the schema's own names, quoted
        for name in names
    }
    known = "alembic_version" in rows and rows["alembic_version"] == 1
    revision = _one(connection, "SELECT version_num FROM alembic_version") if known else None
    head = None
    if "audit_head" in rows:
        head = _one(connection, "SELECT seq || ':' || lower(hex(digest)) FROM audit_head")
    return Contents(None if revision is None else str(revision), rows, head)


def connect(path: Path) -> sqlite3.Connection:
    """A connection of our own to a file that must exist."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=5, isolation_level=None)


def looks_like_sqlite(path: Path) -> bool:
    """Whether a file begins as SQLite's do."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _one(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]
