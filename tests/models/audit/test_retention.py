"""The audit is pruned from its beginning, in chunks, and stays a chain; the pruning is an entry itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.db import db, write
from fleet.models.audit import AUDIT, Broken, verify
from fleet.models.audit.retention import prune
from fleet.models.audit.verification import CHUNK
from tests.models.audit.conftest import add, head, verified
from tests.support.application import Clock, rows

KEEP = timedelta(days=400)
DAY = 86400


def test_old_entries_go_the_chain_holds_and_the_pruning_is_told(clock: Clock) -> None:
    add(4)
    clock.pass_by(399 * DAY)
    add(2)
    assert write(lambda tx: prune(tx, KEEP, head())) == 0
    clock.pass_by(2 * DAY)

    anchored = head()
    assert write(lambda tx: prune(tx, KEEP, anchored)) == 4

    found = rows(AUDIT.select().order_by(AUDIT.c.seq))
    assert [row.seq for row in found] == [5, 6, 7]
    assert (found[-1].action, found[-1].subject_id, found[-1].repeated) == ("audit.prune", "4", 4)
    assert verified() == 3


def test_it_goes_in_chunks(clock: Clock) -> None:
    add(10)
    clock.pass_by(401 * DAY)
    anchored = head()

    assert [write(lambda tx: prune(tx, KEEP, anchored, 4)) for _ in range(4)] == [4, 4, 2, 0]
    assert verified() == 3, "one entry for each pruning is left"


def test_nothing_goes_that_the_anchor_has_not_reached(clock: Clock) -> None:
    add(4)
    anchored = head()
    add(4)
    clock.pass_by(401 * DAY)

    assert write(lambda tx: prune(tx, KEEP, anchored)) == 4
    assert verified(("the anchor", anchored)) == 5, "the floor is what it names"


def test_an_anchor_behind_the_floor_says_that_somebody_removed_entries(clock: Clock) -> None:
    """Fleet itself prunes no further than the anchor."""
    add(4)
    early = head()
    add(4)
    clock.pass_by(401 * DAY)
    beyond = head()
    write(lambda tx: prune(tx, KEEP, beyond))

    with pytest.raises(Broken, match="Entry 4, which the anchor names, was removed without being pruned"):
        verified(("the anchor", early))


def test_pruning_while_somebody_verifies_disturbs_neither(clock: Clock) -> None:
    add(2 * CHUNK)
    clock.pass_by(401 * DAY)
    add(CHUNK)
    steps = verify(db.engine.connect)
    next(steps)
    anchored = head()
    write(lambda tx: prune(tx, KEEP, anchored))

    *_, last = steps
    assert last.at == anchored
