"""Entries are added in the transaction of the write that they tell of, in order, and never changed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from fleet.db import Transaction, write
from fleet.errors import StorageUnavailable
from fleet.models import agent
from fleet.models.audit import AUDIT, Entry
from fleet.models.audit.chain import digest, entry_of
from tests.models.audit.conftest import add, entry, stored, verified
from tests.support.application import NOON, connected, rows


def test_an_entry_keeps_all_that_it_was_made_of() -> None:
    write(lambda tx: tx.entries.append(entry(7)))

    [row] = rows(AUDIT.select())
    assert row.at == NOON
    assert entry_of(row) == Entry(
        **{name: getattr(entry(7), name) for name in Entry.__struct_fields__} | {"seq": 1, "at": NOON}
    )


def test_numbers_have_no_gap_and_each_digest_builds_on_the_one_before() -> None:
    add(5)

    found = rows(AUDIT.select().order_by(AUDIT.c.seq))
    assert [row.seq for row in found] == [1, 2, 3, 4, 5]
    assert all(later.digest == digest(row.digest, entry_of(later)) for row, later in pairwise(found))
    assert verified() == 5


def test_a_verb_that_fails_leaves_no_entry_and_the_others_of_its_batch_keep_theirs() -> None:
    def fails(tx: Transaction) -> None:
        tx.entries.append(entry(1))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write(fails)
    add(1)

    assert [row.seq for row in rows(AUDIT.select())] == [1]
    assert verified() == 1


def test_entry_and_write_are_kept_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the chain cannot be continued, what was to be told of is undone with it."""
    monkeypatch.setattr("fleet.models.audit.appending.row", lambda *_: (None,) * len(AUDIT.c))

    def make(tx: Transaction) -> None:
        tx.entries.append(entry(1))
        agent.create(tx, {"name": "Ada", "worktree": "/w"})

    with pytest.raises(StorageUnavailable):
        write(make)

    with connected() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM agents").scalar() == 0
    assert stored() == []


@pytest.mark.parametrize("statement", [update(AUDIT).values(role="admin"), delete(AUDIT)])
def test_the_database_itself_refuses_to_change_or_remove_an_entry(statement: object) -> None:
    add(3)
    before = stored()

    with pytest.raises(IntegrityError, match="append-only"):
        write(lambda tx: tx.execute(statement) and None)  # type: ignore[call-overload]

    assert stored() == before
