"""Whether a database can be written, asked before that is anybody's request."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from fleet.config.database_trouble import unusable
from fleet.db.upkeep.snapshot import connect


def require_writable(path: Path) -> None:
    """Open a database as the server does, in the process that can still say in words why that fails.

    Raises DatabaseUnusable.
    """
    try:
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise unusable(path, error) from error
