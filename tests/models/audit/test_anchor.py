"""The anchor: a head outside of the database, whole at every moment, moved forward only along the chain."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from fleet.db import db
from fleet.models.audit import Broken, Link, anchor
from tests.models.audit.conftest import Tamper, add, head
from tests.models.audit.test_verification import SET_BACK


def advance(database: Path) -> Link | None:
    with db.engine.connect() as connection:
        return anchor.advance(connection, database)


def test_it_follows_the_head_and_says_when_there_is_nothing_new(database: Path) -> None:
    add(2)
    assert advance(database) == head()
    anchor.write(database, head())
    assert advance(database) is None
    add(2)
    assert advance(database) == head()


def test_it_can_be_read_by_its_owner_only_and_leaves_nothing_half_written(database: Path) -> None:
    add(2)
    anchor.write(database, head())

    path = anchor.path_of(database)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in database.parent.glob("*anchor*")] == [path.name]
    found = anchor.read(database)
    assert found is not None
    assert found.link == head()


def test_many_may_write_it_at_once(database: Path) -> None:
    """A server and commands beside it."""
    add(2)
    failed: list[OSError] = []

    def write_often() -> None:
        for _ in range(50):
            try:
                anchor.write(database, Link(2, bytes(32)))
            except OSError as error:
                failed.append(error)

    writers = [threading.Thread(target=write_often) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert failed == []
    assert anchor.read(database) is not None
    assert len(list(database.parent.glob("*anchor*"))) == 1
    assert not list(database.parent.glob(".*anchor*"))


def test_an_anchor_that_is_not_in_the_chain_is_evidence_and_is_not_moved(database: Path, tamper: Tamper) -> None:
    add(4)
    anchor.write(database, head())
    tamper(SET_BACK.format(last=2))

    with pytest.raises(Broken, match="the anchor names entry 4"):
        advance(database)
    add(6)
    with pytest.raises(Broken, match="Entry 4 is not the one"):
        advance(database)


@pytest.mark.parametrize("content", ["", "{}", '{"seq": 1, "digest": "zz", "at": "2026-11-22T12:00:00Z"}'])
def test_a_file_that_is_no_anchor_is_told_apart_from_none(database: Path, content: str) -> None:
    assert anchor.read(database) is None
    anchor.path_of(database).write_text(content)

    with pytest.raises(Broken, match="cannot be read"):
        anchor.read(database)
