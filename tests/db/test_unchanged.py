"""A text is kept as long as nobody writes, whoever it is; and no longer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from fleet.db import unchanged
from fleet.db.unchanged import Unchanged, recalled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one number."""
    file = tmp_path / "some.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE numbers (number)")
        connection.execute("INSERT INTO numbers VALUES (1)")
    return file


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """An engine on it."""
    engine = create_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def write(path: Path, number: int) -> None:
    """Write the number as another process would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE numbers SET number = ?", (number,))


class Reader:
    """Reads the number, and counts how often it was really read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.times = 0

    def read(self, key: str = "number") -> bytes:
        with self._engine.connect() as connection:

            def look() -> bytes:
                self.times += 1
                return str(connection.exec_driver_sql("SELECT number FROM numbers").scalar()).encode()

            return recalled(connection, key, look)


def test_nothing_is_read_twice_while_nobody_writes(engine: Engine) -> None:
    reader = Reader(engine)

    assert [reader.read(), reader.read()] == [b"1", b"1"]
    assert reader.times == 1


def test_what_another_connection_has_committed_is_seen_at_once(engine: Engine, path: Path) -> None:
    reader = Reader(engine)
    for number in range(2, 6):
        reader.read()
        write(path, number)

        assert reader.read() == str(number).encode()


def test_each_key_has_its_own(engine: Engine) -> None:
    reader = Reader(engine)
    reader.read("one")
    reader.read("other")

    assert reader.times == 2


def test_each_connection_keeps_what_it_has_seen_itself(engine: Engine, path: Path) -> None:
    with engine.connect() as one, engine.connect() as other:
        assert recalled(one, "key", lambda: b"old") == b"old"
        write(path, 2)

        assert recalled(other, "key", lambda: b"new") == b"new"
        assert recalled(one, "key", lambda: b"new") == b"new"


def test_a_commit_while_it_is_read_is_not_missed(engine: Engine, path: Path) -> None:
    with engine.connect() as connection:

        def look() -> bytes:
            write(path, 7)
            return b"read before that, or after"

        recalled(connection, "key", look)

        assert recalled(connection, "key", lambda: b"7") == b"7"


def test_it_holds_so_many_bytes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "BYTES_MOST", 10)
    kept = Unchanged(1)
    for number in range(10):
        kept.keep(number, b"1234")

    assert len(kept.texts) == 2
