"""The audit on the real application and a real file, at a time that the test sets."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fleet.db import db, write
from fleet.models.audit import AUDIT, Entry, Link, ends, verify
from tests.models.conftest import clock
from tests.support.application import application, rows

__all__ = ["clock"]

Tamper = Callable[[str], None]


@pytest.fixture(autouse=True)
def database(tmp_path: Path, clock: object) -> Iterator[Path]:
    """The application on an empty database, at noon; its file."""
    assert clock
    with application(tmp_path):
        yield tmp_path / "fleet.db"


@pytest.fixture
def tamper(database: Path) -> Tamper:
    """Run SQL as somebody who has the file and no respect for its triggers."""

    def run(script: str) -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("DROP TRIGGER IF EXISTS audit_never_changes")
            connection.execute("DROP TRIGGER IF EXISTS audit_goes_by_its_floor")
            connection.executescript(script)

    return run


def entry(number: int) -> Entry:
    """An entry with something in every field."""
    return Entry(
        action="agents.edit",
        actor_kind="token",
        actor_id="tok_1",
        actor_name="ci",
        person_id="usr_1",
        role="operator",
        address="10.0.0.7",
        request_id=f"{number:016x}",
        method="PATCH",
        noun="agent",
        subject_id=f"agt_{number}",
        subject_name="Ada",
        part_id="todo_1",
        fields=("progress", "status"),
    )


def add(count: int) -> None:
    """Write so many entries, two in a write."""
    numbers = list(range(count))
    for pair in (numbers[place : place + 2] for place in range(0, count, 2)):
        write(lambda tx, pair=pair: tx.entries.extend(entry(number) for number in pair))


def stored() -> list[tuple[object, ...]]:
    """Every row."""
    return [tuple(row) for row in rows(AUDIT.select().order_by(AUDIT.c.seq))]


def head() -> Link:
    """The chain's head."""
    with db.engine.connect() as connection:
        return ends(connection).head


def verified(*named: tuple[str, Link]) -> int:
    """How many entries are good; raises Broken."""
    *_, last = verify(db.engine.connect, named)
    return last.checked
