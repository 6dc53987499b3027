"""SQLite as Fleet uses it: a write-ahead log that does not stay large, and none that is left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from fleet.db import sqlite
from fleet.db.upkeep.size import log_bytes

MOST = 256 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "small.db"


@pytest.fixture
def engine(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine as the application has it, but for a bound that is reached sooner."""
    assert sqlite.PRAGMAS["journal_size_limit"] == sqlite.LOG_MOST
    monkeypatch.setitem(sqlite.PRAGMAS, "journal_size_limit", MOST)
    made = create_engine(f"sqlite:///{path}")
    sqlite.prepare(made)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE lines (words TEXT)"))
    yield made
    made.dispose()


def write(engine: Engine, times: int = 1) -> None:
    for _ in range(times):
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO lines VALUES (:words)"), {"words": "x" * 50_000})


def test_the_log_is_small_again_once_a_long_reader_has_gone(engine: Engine, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM lines").fetchone()
        write(engine, times=200)
        assert log_bytes(path) > 10 * MOST

    write(engine, times=3)

    assert log_bytes(path) <= MOST


def test_a_checkpoint_leaves_nothing_in_the_log(engine: Engine, path: Path) -> None:
    write(engine)
    assert log_bytes(path) > 0

    assert sqlite.checkpoint(path)

    assert log_bytes(path) == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM lines").fetchone() == (1,)


def test_a_reader_may_forbid_the_checkpoint_and_loses_nothing(engine: Engine, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM lines").fetchone()
        write(engine)
        assert not sqlite.checkpoint(path)
        assert reader.execute("SELECT count(*) FROM lines").fetchone() == (0,)
