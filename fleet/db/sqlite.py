"""SQLite as Fleet uses it: write-ahead log, a durable commit, no waiting in C."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Engine, event

# FULL: a 2xx survives a power cut (contract I1); the writer's shared commits pay for it.
# busy_timeout is low because SQLite waits in C and would stall every greenlet.
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": 250,
    "cache_size": -16384,
    "temp_store": "MEMORY",
}


def prepare(engine: Engine) -> None:
    """Set the pragmas on every connection that `engine` will open."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            for name, value in PRAGMAS.items():
                connection.execute(f"PRAGMA {name} = {value}")
