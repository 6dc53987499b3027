"""A writer on a small database of its own: two tables and nothing of the product's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from fleet.bus import News
from fleet.db import Transaction, sqlite
from fleet.db.transaction import Announcement
from fleet.db.writer import Writer

TABLES = (
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, words TEXT UNIQUE)",
    "CREATE TABLE replies (id INTEGER PRIMARY KEY, note INTEGER REFERENCES notes(id))",
    "CREATE TABLE log (seq INTEGER PRIMARY KEY, said TEXT)",
)


@dataclass
class Desk:
    """A writer, what it was made of, and the news that it gave."""

    engine: Engine
    news: list[int] = field(default_factory=list)
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.writer = Writer(self.engine, self.journal, self.notice)

    @staticmethod
    def journal(connection: Connection, announcements: list[Announcement], _: Transaction) -> list[News]:
        """Number the announcements as the journal does."""
        last = connection.execute(text("SELECT coalesce(max(seq), 0) FROM log")).scalar_one()
        news = [News(seq, each.kind, each.noun_id) for seq, each in enumerate(announcements, last + 1)]
        rows = [{"seq": each.seq, "said": each.subject} for each in news]
        connection.execute(text("INSERT INTO log VALUES (:seq, :said)"), rows)
        return news

    def notice(self, news: list[News]) -> None:
        """Remember the news; what is told must be readable by everybody already."""
        stored = {row.seq for row in self.read("SELECT seq FROM log")}
        assert {each.seq for each in news} <= stored
        self.news += [each.seq for each in news]

    def read(self, statement: str) -> list[Any]:
        """Rows, on another connection than the writer's."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)))

    @property
    def notes(self) -> list[str]:
        """Every note that is kept, in the order of its writing."""
        return [row.words for row in self.read("SELECT words FROM notes ORDER BY id")]


def note(words: str) -> Any:
    """A verb that writes a note and announces it; returns the words."""

    def verb(tx: Transaction) -> str:
        tx.execute(text("INSERT INTO notes (words) VALUES (:words)"), {"words": words})
        tx.announce("noted", "note", words, "created", {})
        return words

    return verb


def engine_at(path: Path) -> Engine:
    """An engine as the application has it."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    sqlite.prepare(engine)
    return engine


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A writer on an empty database; a slow machine does not cut its batches short."""
    monkeypatch.setattr(sys.modules[Writer.__module__], "LONGEST", 3600.0)
    engine = engine_at(tmp_path / "small.db")
    with engine.begin() as connection:
        for statement in TABLES:
            connection.execute(text(statement))
    made = Desk(engine)
    yield made
    made.writer.close()
    engine.dispose()
