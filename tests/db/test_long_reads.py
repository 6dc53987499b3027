"""A read that takes long holds up nobody, and is otherwise a read like any other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.exc import OperationalError

from fleet.db import Transaction, db, long_reads, write
from fleet.db.long_reads import long
from fleet.db.prepared import Prepared
from fleet.models.agent.record import AGENTS
from tests.db.conftest import engine_at
from tests.support import patched
from tests.support.agents import new_agent
from tests.support.application import application

NAMED = select(AGENTS.c.id, AGENTS.c.tags, AGENTS.c.created_at).where(AGENTS.c.name == bindparam("name"))


def play(folder: Path, scenario: str) -> Any:
    """Among greenlets."""
    return patched.play("patched_reads.py", folder, scenario)


def test_others_have_their_turn_while_sqlite_looks(tmp_path: Path) -> None:
    assert play(tmp_path, "others_go_on") == {"told": 1}


def test_short_reads_do_not_wait_for_long_ones(tmp_path: Path) -> None:
    seen = play(tmp_path, "short_ones_go_on")

    assert seen == {"short": 7, "waiting": long_reads.AT_ONCE + 3, "told": [1] * (long_reads.AT_ONCE + 3)}


def test_a_killed_reader_gives_its_place_back_when_sqlite_is_through_and_not_before(tmp_path: Path) -> None:
    seen = play(tmp_path, "killed")

    nobody, everybody = [False] * long_reads.AT_ONCE, [True] * long_reads.AT_ONCE
    assert (seen["ended early"], seen["ended"]) == (nobody, everybody)
    assert seen["answers"] == [None] * long_reads.AT_ONCE
    assert seen["told"] == 1


@pytest.fixture
def asides(tmp_path: Path) -> Iterator[list[str]]:
    """The application; whatever is read aside is noted."""
    statements: list[str] = []
    execute = long_reads.Aside.execute

    def noted(self: long_reads.Aside, statement: str, parameters: Any) -> Any:
        statements.append(statement)
        return execute(self, statement, parameters)

    with application(tmp_path), patch.object(long_reads.Aside, "execute", noted):
        yield statements


def test_what_is_read_aside_is_what_would_be_read_here(asides: list[str]) -> None:
    new_agent(name="Ada", tags=["nightly"])
    for number in range(30):
        new_agent(name=f"Worker {number}")
    everybody = select(AGENTS).order_by(AGENTS.c.name)

    with db.engine.connect() as connection:
        here = connection.execute(everybody).all()
        there = connection.execute(long(everybody)).all()
        one = connection.execute(long(NAMED), {"name": "Ada"}).one()
        none = connection.execute(long(NAMED), {"name": "Nobody"}).first()
        made = long_reads.read(connection, everybody)

    assert here == there == made
    assert one.tags == ["nightly"]
    assert none is None
    assert len(asides) == 4


def test_a_prepared_statement_may_be_long(asides: list[str]) -> None:
    ada = new_agent(name="Ada", tags=["nightly"])
    prepared, plain = Prepared(long(NAMED)), Prepared(NAMED)

    with db.engine.connect() as connection:
        found = prepared.all(connection, {"name": "Ada"})
        assert plain.raw(connection, {"name": "Ada"}) == [
            tuple(row) for row in prepared.raw(connection, {"name": "Ada"})
        ]
        shown = [list(each.shown(connection, {"name": "Ada"})) for each in (plain, prepared)]
        assert shown[0] == shown[1] != []

    assert [(row.id, row.tags) for row in found] == [(ada, ["nightly"])]
    assert found[0].created_at <= datetime.now(UTC)
    assert len(asides) == 3


def test_in_a_write_transaction_nobody_waits_and_its_own_rows_are_seen(asides: list[str]) -> None:
    """Whoever waits in one stops all other writers, and what is not committed is nowhere else to be seen."""
    prepared = Prepared(long(NAMED))

    def verb(tx: Transaction) -> tuple[int, int, int]:
        tx.execute(text("UPDATE agents SET name = 'Eve'"))
        connection, eve = tx.connection, {"name": "Eve"}
        found = connection.execute(long(NAMED), eve).all(), long_reads.read(connection, NAMED.params(eve))
        return len(found[0]), len(found[1]), len(prepared.all(connection, eve))

    new_agent(name="Ada")

    assert write(verb) == (1, 1, 1)
    assert asides == []


def test_an_error_is_what_it_always_was(asides: list[str]) -> None:
    with db.engine.connect() as connection, pytest.raises(OperationalError, match="no such table"):
        connection.execute(long(text("SELECT * FROM nowhere")))

    assert len(asides) == 1


def small(path: Path) -> Engine:
    engine = engine_at(path)
    long_reads.prepare(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (words TEXT)"))
        connection.execute(text("INSERT INTO notes VALUES ('Ä')"))
    return engine


def test_its_connections_know_what_the_others_know(tmp_path: Path) -> None:
    """The pragmas, and how letters are folded."""
    asked = long(text("SELECT fleet_folded(words) = fleet_folded('ä') AS same FROM notes"))

    with small(tmp_path / "small.db").connect() as connection:
        assert connection.execute(asked).scalar() == 1
        assert connection.execute(long(text("PRAGMA cache_size"))).scalar() == -16384


def test_a_disposed_engine_holds_no_file_open_and_can_be_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    engine = small(path)
    asked = long(text("SELECT count(*) FROM notes"))
    with engine.connect() as connection:
        connection.execute(asked)
    assert opened(path)

    engine.dispose()

    assert not opened(path)
    with engine.connect() as connection:
        assert connection.execute(asked).scalar() == 1


def opened(path: Path) -> list[str]:
    """This process's descriptors of that file."""
    return [each.name for each in Path("/proc/self/fd").iterdir() if each.exists() and each.resolve() == path.resolve()]
