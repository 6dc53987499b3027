"""Putting a database aside for another one, so that whenever this is cut short its name leads to one of the two.

The old file gets its second name first, while it keeps the first one; the new
file takes that over in one step. Where the process was killed in between, the
file has two names, and whoever works on it next puts it back (`put_back`).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from fleet.db.upkeep import snapshot

MARK = ".before-restore-"
# What lies beside a database. The log above all: beside another database it would do harm.
BESIDE = ("-wal", "-shm", ".audit-anchor")


def put_aside(path: Path) -> Path:
    """Give the database another name as well, and what lies beside it that name only; returns the name.

    A broken database goes as it lies, with its log. The caller renames another file over `path` next.
    """
    with suppress(sqlite3.Error), closing(snapshot.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    target = path.with_name(f"{path.name}{MARK}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    try:
        os.link(path, target)
    except OSError:  # a file system without hard links
        shutil.copy2(path, target)
        snapshot.sync(target)
    for ending in BESIDE:
        move(_beside(path, ending), _beside(target, ending))
    snapshot.sync(path.parent)
    return target


def put_back(path: Path) -> None:
    """Undo what was cut short: the database has a second name, under which it was to be put aside.

    Only for a process that holds the database's lock, before it opens it. Raises OSError.
    """
    for target in path.parent.glob(f"{_escaped(path.name)}{MARK}*Z"):
        with suppress(FileNotFoundError):  # there is no database, or no such name any more
            if target.samefile(path):
                for ending in BESIDE:
                    if not _beside(path, ending).exists():
                        move(_beside(target, ending), _beside(path, ending))
                target.unlink()


def move(source: Path, target: Path) -> None:
    """Rename a file, if it is there."""
    with suppress(FileNotFoundError):
        source.rename(target)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}{ending}")


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
