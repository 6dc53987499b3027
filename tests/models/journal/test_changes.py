"""The journal: numbers without gaps, pruned in chunks, a floor and an epoch that readers can trust (I7)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Row, select

from fleet.db import Transaction, write
from fleet.models import journal
from tests.support.application import Clock, application, changes, connected, head, migrated, rows

DAY = timedelta(days=1)


def say(words: int, data: object = None) -> None:
    """Announce so many changes in one piece of work."""

    def verb(tx: Transaction) -> None:
        for number in range(words):
            tx.announce("test", "noun", f"noun_{number}", "updated", data or {"n": number}, "agt_1")

    write(verb)


def prune(keep: timedelta = DAY, most: int = 10**6, chunk: int = 2000) -> int:
    return write(lambda tx: journal.prune(tx, keep, most, chunk))


def state() -> Row[tuple[int, str, int, int]]:
    return rows(select(journal.JOURNAL))[0]


def numbers() -> list[int]:
    return [row.seq for row in changes()]


def test_numbers_begin_with_one_and_leave_none_out() -> None:
    say(2)
    say(3)

    assert numbers() == [1, 2, 3, 4, 5]
    assert head() == 5


def test_a_change_is_stored_as_it_was_announced(clock: Clock) -> None:
    say(1, {"text": "Grüße 👋"})

    row = changes()[0]
    assert (row.kind, row.noun, row.noun_id, row.action) == ("test", "noun", "noun_0", "updated")
    assert (row.agent_id, row.at) == ("agt_1", clock.moment)
    assert row.data == '{"text":"Grüße 👋"}'.encode()


def test_reading_after_a_number_gives_what_follows_it_in_order_and_no_more_than_asked_for() -> None:
    say(10)

    with connected() as connection:
        assert [row.seq for row in journal.after(connection, 3, 4)] == [4, 5, 6, 7]
        assert journal.after(connection, 10) == []


def test_what_is_younger_than_the_time_to_keep_stays(clock: Clock) -> None:
    say(3)
    clock.pass_by(DAY.total_seconds())
    say(2)

    assert prune() == 0
    clock.pass_by(1)
    assert prune() == 3
    assert numbers() == [4, 5]


def test_what_is_beyond_the_newest_rows_goes_however_young_it_is() -> None:
    say(10)

    assert prune(most=4) == 6
    assert numbers() == [7, 8, 9, 10]


def test_pruning_takes_one_chunk_at_a_time_the_oldest_first() -> None:
    say(10)

    assert [prune(most=1, chunk=4) for _ in range(4)] == [4, 4, 1, 0]
    assert numbers() == [10]


def test_the_floor_is_the_last_number_that_is_gone() -> None:
    say(10)
    assert state().floor == 0

    prune(most=4)

    assert (state().floor, state().head) == (6, 10)


def test_numbers_go_on_after_everything_was_pruned(clock: Clock) -> None:
    say(3)
    clock.pass_by(2 * DAY.total_seconds())
    prune()
    assert numbers() == []

    say(1)

    assert numbers() == [4]


def test_what_is_pruned_never_returns_and_what_is_kept_has_no_gap(clock: Clock) -> None:
    for _ in range(6):
        say(3)
        clock.pass_by(DAY.total_seconds() / 4)
        prune(chunk=2)
        kept = numbers()
        assert kept == list(range(state().floor + 1, state().head + 1))


def test_every_new_database_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    first = state().epoch
    migrated.cache_clear()
    (tmp_path / "other").mkdir()
    with application(tmp_path / "other"):
        second = state().epoch

    assert "" not in {first, second}
    assert first != second


def test_what_a_verb_announced_before_it_failed_is_not_in_the_journal() -> None:
    def verb(tx: Transaction) -> None:
        tx.announce("test", "noun", "noun_1", "updated", {})
        raise LookupError

    with pytest.raises(LookupError):
        write(verb)

    assert (numbers(), head()) == ([], 0)


def test_the_journals_own_row_stays_one_and_its_table_counts_upwards_for_ever() -> None:
    say(2)
    prune(most=0)

    assert len(rows(select(journal.JOURNAL))) == 1
    assert rows(select(journal.CHANGES)) == []
    say(1)
    assert numbers() == [3]


@given(epoch=st.text("0123456789abcdef-", min_size=1, max_size=12), seq=st.integers(0, 10**18 - 1))
def test_a_position_reads_back_as_what_was_written(epoch: str, seq: int) -> None:
    assert journal.Position.parse(str(journal.Position(epoch, seq))) == journal.Position(epoch, seq)


@pytest.mark.parametrize(
    "text", ["", "-", "abc", "-5", "abc-", "abc-x", "abc--", "abc-1.5", "abc-٣", "abc-" + "9" * 19, "abc-+1"]
)
def test_what_names_no_position_is_none(text: str) -> None:
    assert journal.Position.parse(text) is None


@given(st.text(max_size=40))
def test_no_text_from_outside_makes_a_position_that_cannot_be_compared(text: str) -> None:
    position = journal.Position.parse(text)

    assert position is None or (0 <= position.seq < 2**63 and position.epoch)
