"""How large a SQLite database is, table by table. Reads every page: call it off the event loop."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fleet.db.upkeep.snapshot import connect, contents


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indexes; `bytes` is None where SQLite was built without dbstat."""

    name: str
    rows: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class DatabaseSize:
    """Bytes of the file, of the write-ahead log beside it, and of pages that are free in it."""

    file: int
    log: int
    free: int
    tables: tuple[TableSize, ...]


def measure(path: Path) -> DatabaseSize:
    """Measure the database at `path`, largest table first. Raises sqlite3's errors and OSError."""
    with closing(connect(path)) as connection:
        rows = contents(connection).rows
        pages = _bytes_by_table(connection)
        free = (
            connection.execute("PRAGMA freelist_count").fetchone()[0]
            * connection.execute("PRAGMA page_size").fetchone()[0]
        )
    tables = [TableSize(name, count, pages.get(name) if pages else None) for name, count in rows.items()]
    tables.sort(key=lambda table: (-(table.bytes or 0), -table.rows, table.name))
    return DatabaseSize(path.stat().st_size, log_bytes(path), free, tuple(tables))


def log_bytes(path: Path) -> int:
    """The size of the write-ahead log beside a database; 0 where there is none."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _bytes_by_table(connection: sqlite3.Connection) -> dict[str, int]:
    try:
        rows = connection.execute(
            "SELECT schema.tbl_name, sum(stat.pgsize) FROM dbstat AS stat"
            " JOIN sqlite_schema AS schema ON schema.name = stat.name"
            " WHERE stat.aggregate = TRUE GROUP BY schema.tbl_name"
        ).fetchall()
    except sqlite3.OperationalError:
        return {}
    return dict(rows)


def readable(number: int) -> str:
    """Bytes for people: `612 B`, `4.2 MiB`."""
    size = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{int(size)} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("unreachable")
