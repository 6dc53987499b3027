"""Whatever is done to an entry, or to the chain's ends, is found, and the first broken place is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.db import db, write
from fleet.models.audit import AUDIT, Broken, Link, ends, verify
from fleet.models.audit import anchor as anchored
from fleet.models.audit.verification import CHUNK
from tests.models.audit.conftest import Tamper, add, head, verified

CONTENT = [column.name for column in AUDIT.c if column.name not in ("seq", "digest")]
SET_BACK = """
    DELETE FROM audit WHERE seq > {last};
    UPDATE audit_head SET seq = {last}, digest = (SELECT digest FROM audit WHERE seq = {last});
"""


@pytest.mark.parametrize("column", CONTENT)
def test_a_changed_field_is_found(tamper: Tamper, column: str) -> None:
    add(5)
    other = {"at": "'2026-11-22 12:00:00.000001'", "repeated": "2"}.get(column, "'another'")
    tamper(f"UPDATE audit SET {column} = {other} WHERE seq = 3")

    with pytest.raises(Broken, match="Entry 3 "):
        verified()


def test_a_value_that_cannot_be_read_is_found(tamper: Tamper) -> None:
    add(3)
    tamper("UPDATE audit SET at = 'yesterday' WHERE seq = 2")

    with pytest.raises(Broken, match="Entry 2 cannot be read"):
        verified()


def test_a_removed_row_in_the_middle_is_found(tamper: Tamper) -> None:
    add(5)
    tamper("DELETE FROM audit WHERE seq = 3")

    with pytest.raises(Broken, match="Entry 3 is missing"):
        verified()


def test_removed_rows_at_the_beginning_are_found_with_and_without_a_floor(tamper: Tamper) -> None:
    add(5)
    tamper("CREATE TABLE kept AS SELECT digest FROM audit WHERE seq = 2; DELETE FROM audit WHERE seq <= 2;")
    with pytest.raises(Broken, match="Entry 1 is missing"):
        verified()

    tamper("UPDATE audit_head SET floor = 2, floor_digest = (SELECT digest FROM kept)")
    with pytest.raises(Broken, match="up to 2 are missing, and no pruning tells"):
        verified()


def test_a_removed_last_row_is_found_by_the_head(tamper: Tamper) -> None:
    add(5)
    tamper("DELETE FROM audit WHERE seq = 5")

    with pytest.raises(Broken, match="Entries 5 to 5 are missing at the end"):
        verified()


def test_a_removed_last_row_is_found_by_the_anchor_when_the_head_was_set_back(tamper: Tamper, database: Path) -> None:
    add(5)
    anchored.write(database, head())
    tamper(SET_BACK.format(last=4))
    anchor = anchored.read(database)
    assert anchor is not None

    assert verified() == 4, "the chain alone cannot know"
    with pytest.raises(Broken, match="missing at the end: the anchor names entry 5, the last one is 4"):
        verified(("the anchor", anchor.link))


def test_a_tail_that_was_written_anew_is_found_by_the_anchor(tamper: Tamper) -> None:
    add(5)
    was = head()
    tamper(SET_BACK.format(last=3))
    add(4)

    assert verified() == 7
    with pytest.raises(Broken, match="Entry 5 is not the one that the anchor names"):
        verified(("the anchor", was))


def test_swapped_rows_are_found(tamper: Tamper) -> None:
    add(5)
    tamper("""
        UPDATE audit SET seq = 99 WHERE seq = 2;
        UPDATE audit SET seq = 2 WHERE seq = 3;
        UPDATE audit SET seq = 3 WHERE seq = 99;
    """)

    with pytest.raises(Broken, match="Entry 2 "):
        verified()


def test_a_head_that_was_changed_is_found(tamper: Tamper) -> None:
    add(3)
    tamper("UPDATE audit_head SET digest = zeroblob(32)")

    with pytest.raises(Broken, match="head is not entry 3"):
        verified()


def test_a_row_behind_the_head_is_found(tamper: Tamper) -> None:
    add(3)
    tamper("UPDATE audit_head SET seq = 2, digest = (SELECT digest FROM audit WHERE seq = 2)")

    with pytest.raises(Broken, match="Entry 3 was added behind"):
        verified()


def test_an_entry_of_another_database_does_not_fit(tamper: Tamper) -> None:
    """Each chain begins with chance."""
    add(2)
    tamper("UPDATE audit_head SET floor_digest = zeroblob(32)")

    with pytest.raises(Broken, match="Entry 1 "):
        verified()


def test_a_head_that_was_written_down_is_found_again_and_a_wrong_one_is_not() -> None:
    add(3)
    early = head()
    add(3)

    assert verified(("--head", early)) == 6
    assert Link.parse(str(early)) == early
    with pytest.raises(Broken, match="Entry 3 is not the one that --head names"):
        verified(("--head", Link(3, bytes(32))))


def test_entries_that_come_while_it_looks_do_not_disturb_it() -> None:
    add(3 * CHUNK)
    steps = verify(db.engine.connect)
    next(steps)
    add(10)

    *_, last = steps
    assert (last.checked, last.at.seq) == (3 * CHUNK, 3 * CHUNK)


def test_a_long_audit_is_looked_at_in_chunks_that_hold_no_connection() -> None:
    for _ in range(100):
        add(10)
    steps = 0
    for progress in verify(db.engine.connect):
        steps += 1
        assert progress.total == 1000
        assert db.engine.pool.checkedout() == 1, "the writer's own, and no other"  # type: ignore[attr-defined]

    assert steps == 1000 // CHUNK + 1


def test_an_empty_audit_is_good() -> None:
    write(lambda _: None)

    assert verified() == 0
    with db.engine.connect() as connection:
        assert ends(connection).head.seq == 0
