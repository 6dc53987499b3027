"""The database: there, ours, whole, private, and with room to grow."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from fleet.config import Settings
from fleet.config.database_file import DatabaseUnusable
from fleet.console.doctor.finding import Finding, note, ok, problem, warning
from fleet.db.sqlite import LOG_MOST
from fleet.db.upkeep.size import log_bytes, readable
from fleet.db.upkeep.snapshot import connect
from fleet.db.upkeep.upgrade import standing
from fleet.errors import FleetError
from fleet.server.lock import DatabaseInUse, DatabaseLock

ROOM_LEAST = 100 * 1024**2
ROOM_WANTED = 1024**3


def file(settings: Settings) -> Iterator[Finding]:
    """It exists, and only its owner reads it: what agents say and the hashes of tokens are in it."""
    path = settings.sqlite_path
    if path is None:
        yield note("database", f"{settings.database_shown} is not a file; its own tools look after it.")
    elif not path.is_file():
        yield from _absent(path)
    else:
        open_to_others = [each for each in _with_neighbours(path) if stat.S_IMODE(each.stat().st_mode) & 0o077]
        for each in open_to_others:
            mode = stat.S_IMODE(each.stat().st_mode)
            yield problem("database", f"Others may use {each} (mode {mode:o}).", f"chmod 600 {each}")
        if not os.access(path, os.W_OK):
            yield problem("database", f"{path} cannot be written.", "Run this as the user who serves it.")
        elif not open_to_others:
            yield ok("database", f"{path}, private.")


def _absent(path: Path) -> Iterator[Finding]:
    if os.access(path.parent, os.W_OK):
        yield note("database", f"There is none at {path}; the first start makes it.")
    else:
        yield problem("database", f"There is none at {path}, and none can be made.", f"Make {path.parent} writable.")


def _with_neighbours(path: Path) -> list[Path]:
    names = (path, *(path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm")))
    return [each for each in names if each.exists()]


def contents(settings: Settings) -> Iterator[Finding]:
    """Its revision, whether it is whole, and how it is written."""
    path = settings.sqlite_path
    if path is None or not path.is_file():
        return
    try:
        revision = standing(settings)
    except FleetError as error:
        yield problem("database", error.message, "Name another one, or restore a backup.")
        return
    if revision.up_to_date:
        yield ok("database", f"At revision {revision.head}.")
    else:
        yield warning(
            "database",
            f"At revision {revision.current}, this Fleet has {revision.head}.",
            "`fleet serve` upgrades it.",
        )
    with closing(connect(path)) as connection:
        yield from _wholeness(connection)


def _wholeness(connection: sqlite3.Connection) -> Iterator[Finding]:
    try:
        wrong = [row[0] for row in connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"]
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    except sqlite3.DatabaseError as error:
        wrong, mode = [str(error)], ""
    if wrong:
        yield problem("database", f"It is damaged: {'; '.join(wrong)}.", "Restore a backup: `fleet restore`.")
    elif mode == "wal":
        yield ok("database", "Whole, with a write-ahead log.")
    else:
        yield note("database", f"Whole; the server sets its journal ({mode}) to a write-ahead log.")


def log(settings: Settings) -> Iterator[Finding]:
    """The write-ahead log is bounded, unless something reads one moment for long, or nobody brings it in."""
    path = settings.sqlite_path
    size = 0 if path is None else log_bytes(path)
    if size > 2 * LOG_MOST:
        yield warning(
            "log",
            f"The write-ahead log beside the database has {readable(size)}; {readable(LOG_MOST)} should be the most.",
            "Look for what reads for long, such as a backup that hangs, and end it; a restart brings the log in.",
        )
    elif size:
        yield ok("log", f"The write-ahead log has {readable(size)}.")


def room(settings: Settings) -> Iterator[Finding]:
    """Free space beside it: the log, an upgrade's backup and a restore all need some."""
    path = settings.sqlite_path
    if path is None or not path.parent.is_dir():
        return
    size = path.stat().st_size if path.exists() else 0
    free = shutil.disk_usage(path.parent).free
    text = f"{readable(free)} free beside a database of {readable(size)}."
    if free < ROOM_LEAST:
        yield problem("disk", text, "Free some space; writes will soon be refused with 507.")
    elif free < size + ROOM_WANTED:
        yield warning("disk", text, "An upgrade keeps a second copy; free some space before.")
    else:
        yield ok("disk", text)


def lock(settings: Settings) -> Iterator[Finding]:
    """Who serves it; one process at a time may."""
    path = settings.sqlite_path
    if path is None or not DatabaseLock(path).path.exists():
        return
    database_lock = DatabaseLock(path)
    try:
        database_lock.acquire()
    except DatabaseInUse as error:
        yield ok("lock", f"{error.message.partition('. ')[0]}.")
    except DatabaseUnusable as error:
        yield problem("lock", error.message, "Do what it says, or run this as the user who serves it.")
    else:
        database_lock.release()
        yield ok("lock", "Nobody serves the database at the moment.")
