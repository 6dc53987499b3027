"""SQLite as Fleet uses it: write-ahead log, a durable commit, no waiting in C."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from fleet.db import words

# The write-ahead log grows while somebody reads one moment for long, such as a backup; so much of its file
# stays once that is over (bytes).
LOG_MOST = 64 * 1024**2
# FULL: a 2xx survives a power cut (contract I1); the writer's shared commits pay for it.
# busy_timeout is low because SQLite waits in C and would stall every greenlet.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": 250,
    "cache_size": -16384,
    "temp_store": "MEMORY",
    "journal_size_limit": LOG_MOST,
}


def prepare(engine: Engine) -> None:
    """Set the pragmas on every connection that `engine` will open."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            for name, value in PRAGMAS.items():
                connection.execute(f"PRAGMA {name} = {value}")
            words.teach(connection)


def checkpoint(path: Path) -> bool:
    """Bring everything from the write-ahead log into the database's own file; False while a reader forbids that.

    Where nobody else has it open, nothing is left beside it. Raises sqlite3's errors.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
