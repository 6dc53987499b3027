"""`fleet db size`: what takes the room."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

from fleet.config import Settings
from fleet.console.backup import CannotBackUp, sqlite_file
from fleet.db.upkeep.size import DatabaseSize, measure, readable


def size(settings: Settings, *, as_json: bool) -> str:
    """The database's size, whole and by table. Raises CannotBackUp where there is no file."""
    path = sqlite_file(settings)
    try:
        sizes = measure(path)
    except sqlite3.Error as error:
        raise CannotBackUp(f"{path} cannot be measured: {error}.") from error
    if as_json:
        return json.dumps({"path": str(path), **asdict(sizes)}, indent=2)
    return "\n".join([f"{path}: {_whole(sizes)}", *_lines(sizes)])


def _whole(sizes: DatabaseSize) -> str:
    return f"{readable(sizes.file)}, of which {readable(sizes.free)} free; write-ahead log {readable(sizes.log)}"


def _lines(sizes: DatabaseSize) -> list[str]:
    width = max((len(table.name) for table in sizes.tables), default=0)
    return [
        f"{table.name:{width}}  {table.rows:>10} rows  {'' if table.bytes is None else readable(table.bytes):>10}"
        for table in sizes.tables
    ]
