"""Looking at a database from outside: what is in it, and what its journal tells."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def query(database: Path, statement: str, *parameters: object) -> list[Any]:
    """Rows by name, on a connection of its own."""
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(statement, parameters).fetchall()


def check_whole(database: Path) -> None:
    """SQLite finds nothing wrong, and the journal has no gap, no repeat and the right head."""
    assert [tuple(row) for row in query(database, "PRAGMA integrity_check")] == [("ok",)]
    assert query(database, "PRAGMA foreign_key_check") == []
    state = query(database, "SELECT head, floor FROM journal")[0]
    numbers = [row["seq"] for row in query(database, "SELECT seq FROM changes ORDER BY seq")]
    assert numbers == list(range(state["floor"] + 1, state["head"] + 1))


def changes(database: Path, after: int = 0) -> list[tuple[int, str, Any]]:
    """The journal: number, kind and data of each change."""
    rows = query(database, "SELECT seq, kind, data FROM changes WHERE seq > ? ORDER BY seq", after)
    return [(row["seq"], row["kind"], json.loads(row["data"])) for row in rows]
