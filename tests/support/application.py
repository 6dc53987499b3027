"""Fleet inside the tests' process: the real application on a migrated file, and a clock that can be set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import msgspec
from flask import Flask
from sqlalchemy import Connection, Row, func, select

from fleet.app import create_app
from fleet.config import load
from fleet.db import db, sqlite, writer
from fleet.db.upkeep.upgrade import upgrade
from fleet.models import journal
from fleet.parts import parts_of
from fleet.web.live.feed import Feed
from fleet.web.tasks.waiting_room import WaitingRoom

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@cache
def migrated() -> bytes:
    """An empty database at the newest revision, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        upgrade(load({"database": str(path)}, {}, None))
        return path.read_bytes()


@contextmanager
def application(folder: Path, **flags: object) -> Iterator[Flask]:
    """The application on a database of its own in `folder`, its context entered; closed afterwards."""
    path = folder / "fleet.db"
    if not path.exists():
        path.write_bytes(migrated())
    # No test in here cuts the power: waiting for the disk would only make them slow.
    with patch.dict(sqlite.PRAGMAS, synchronous="OFF"):
        app = create_app(load({"database": str(path), "dev": True, **flags}, {}, None))
        with app.app_context():
            try:
                yield app
            finally:
                parts_of(app).get(WaitingRoom).close()
                parts_of(app).get(Feed).close()
                writer().close()
                db.engine.dispose()


@dataclass
class Clock:
    """What time it is, and letting it pass; stands in for `fleet.clock.now`."""

    moment: datetime = NOON

    def now(self) -> datetime:
        """The moment that was set."""
        return self.moment

    def pass_by(self, seconds: float) -> datetime:
        """Let so many seconds pass; returns the new moment."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


def connected() -> Connection:
    """A connection for reading; close it, or use it in a `with`."""
    return db.engine.connect()


def rows(statement: Any) -> list[Row[Any]]:
    """All rows of a Core statement, on a connection of its own."""
    with connected() as connection:
        return list(connection.execute(statement))


def changes(after: int = 0) -> list[Row[Any]]:
    """The journal's changes after a number, in order."""
    return rows(select(journal.CHANGES).where(journal.CHANGES.c.seq > after).order_by(journal.CHANGES.c.seq))


def head() -> int:
    """The journal's last number."""
    return int(rows(select(journal.JOURNAL.c.head))[0].head)


def kinds(after: int = 0) -> list[str]:
    """The kinds of the changes after a number, in order."""
    return [row.kind for row in changes(after)]


def frame(row: Row[Any]) -> Any:
    """A change's JSON."""
    return msgspec.json.decode(row.data)


def count(table: Any) -> int:
    """How many rows a table has."""
    return int(rows(select(func.count()).select_from(table))[0][0])
