"""Following the journal: everything, once, in order, from memory or from the file, or a reset (contract I7)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, update

from fleet.db import Transaction, write
from fleet.models import journal
from fleet.parts import parts_of
from fleet.web.live.feed import BATCH, Feed, Reset
from tests.support.application import changes, head

PATIENCE = 30.0
feed_module = import_module("fleet.web.live.feed")  # the package has a function of this name


def say(words: int) -> None:
    """Announce so many changes."""

    def verb(tx: Transaction) -> None:
        for number in range(words):
            tx.announce("agent_updated", "agent", f"agt_{number}", "updated", {"n": number}, "agt_1")

    write(verb)


def caught_up(feed: Feed) -> None:
    """Wait until the feed knows of everything that is committed."""
    wanted, deadline = head(), time.monotonic() + PATIENCE
    feed.start()
    while feed.head < wanted:
        assert time.monotonic() < deadline, "the feed does not follow the journal"
        feed.wait(feed.head, 0.2)


def read_on(feed: Feed, position: journal.Position) -> list[Row[Any]]:
    """Everything after a position, step by step as a stream does."""
    found: list[Row[Any]] = []
    while step := feed.after(position):
        assert len(step) <= BATCH
        found += step
        position = journal.Position(feed.epoch, step[-1].seq)
    return found


def seqs(rows: Sequence[Row[Any]]) -> list[int]:
    return [row.seq for row in rows]


def prune(most: int) -> None:
    write(lambda tx: journal.prune(tx, timedelta(days=1), most))


def test_a_reader_at_the_head_gets_nothing_and_then_what_comes(feed: Feed) -> None:
    say(3)
    position = feed.position()
    assert feed.after(position) == ()

    say(2)
    caught_up(feed)

    assert seqs(feed.after(position)) == [4, 5]


def test_memory_and_journal_give_the_same(feed: Feed) -> None:
    """Whatever is in the ring: replay after a gap and live delivery are one code path."""
    say(10)
    start = feed.position()  # the ring begins here
    say(20)
    caught_up(feed)

    for seq in range(31):
        position = journal.Position(start.epoch, seq)
        assert [vars(row) for row in feed.after(position)] == [row._asdict() for row in changes(seq)]
    assert seqs(list(feed._ring)) == list(range(11, 31))


def test_a_ring_that_has_moved_on_hands_over_to_the_journal(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "RING", 4)
    feed = Feed(app, parts_of(app).get(Feed)._bus)
    start = feed.position()
    for _ in range(12):
        say(1)
        caught_up(feed)

    assert len(feed._ring) == 4
    assert seqs(read_on(feed, start)) == list(range(1, 13))
    feed.close()


def test_a_reader_far_behind_gets_everything_in_bounded_steps(feed: Feed) -> None:
    start = feed.position()
    say(2 * BATCH + 7)
    caught_up(feed)

    assert seqs(read_on(feed, start)) == list(range(1, 2 * BATCH + 8))


def test_a_position_of_another_epoch_is_told_to_start_anew_at_the_head(feed: Feed) -> None:
    say(3)
    here = feed.position()

    for stranger in (journal.Position("other", 1), journal.Position(here.epoch, here.seq + 1)):
        with pytest.raises(Reset) as reset:
            feed.after(stranger)
        assert (reset.value.reason, reset.value.position) == ("epoch", here)


def test_a_position_before_the_floor_is_told_that_it_is_too_old(feed: Feed) -> None:
    say(10)
    here = feed.position()
    prune(4)

    for seq in range(6):
        with pytest.raises(Reset) as reset:
            feed.after(journal.Position(here.epoch, seq))
        assert (reset.value.reason, reset.value.position) == ("too_old", here)
    assert seqs(feed.after(journal.Position(here.epoch, 6))) == [7, 8, 9, 10]


def test_what_is_pruned_while_a_reader_reads_is_not_passed_over_silently(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The floor rises between the two looks at the journal, whichever is first."""
    say(10)
    here = feed.position()
    looks: dict[str, Any] = {"state": journal.state, "after": journal.after}

    def pruned_after(name: str) -> Any:
        def look(*arguments: Any) -> Any:
            found = looks[name](*arguments)
            monkeypatch.setattr(journal, name, looks[name])
            prune(4)
            return found

        return look

    for name in looks:
        monkeypatch.setattr(journal, name, pruned_after(name))
        try:
            got = seqs(feed.after(journal.Position(here.epoch, 2)))
        except Reset:
            got = list(range(3, 11))
        assert got == list(range(3, 11))


def test_memory_still_serves_what_the_journal_has_pruned(feed: Feed) -> None:
    start = feed.position()
    say(10)
    caught_up(feed)
    prune(2)

    assert seqs(feed.after(start)) == list(range(1, 11))


def test_a_restored_backup_has_another_epoch_for_its_readers(app: Flask, feed: Feed) -> None:
    before = feed.position()
    write(lambda tx: tx.execute(update(journal.JOURNAL).values(epoch="restored")).rowcount)
    again = Feed(app, parts_of(app).get(Feed)._bus)

    with pytest.raises(Reset):
        again.after(before)
    again.close()


def test_news_that_the_bus_loses_is_found_all_the_same(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "LOOK_EVERY", 0.05)
    start = feed.position()
    feed._bus.close()  # nobody is told anything any more

    say(3)
    deadline = time.monotonic() + PATIENCE
    while feed.head < 3 and time.monotonic() < deadline:
        time.sleep(0.05)

    assert seqs(feed.after(start)) == [1, 2, 3]


def test_a_reader_that_waits_is_woken_by_what_comes_and_not_before(feed: Feed) -> None:
    here = feed.position()
    assert not feed.wait(here.seq, 0.05)

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(feed.wait, here.seq, PATIENCE)
        say(1)
        assert waiting.result(PATIENCE)


def test_a_reader_that_is_behind_does_not_wait(feed: Feed) -> None:
    here = feed.position()
    say(1)
    caught_up(feed)

    assert feed.wait(here.seq, PATIENCE)


def test_closing_wakes_everybody_who_waits(feed: Feed) -> None:
    here = feed.position()
    with feed.watch(lambda _: True) as watch, ThreadPoolExecutor() as pool:
        stream, poll = pool.submit(feed.wait, here.seq, PATIENCE), pool.submit(watch.wait, PATIENCE)
        feed.close()

        assert stream.result(PATIENCE)
        assert poll.result(PATIENCE)


def test_a_watch_hears_what_is_relevant_and_nothing_else(feed: Feed) -> None:
    with feed.watch(lambda news: news.subject == "agt_2") as watch:
        say(2)
        assert not watch.wait(0.05)
        say(3)
        assert watch.wait(PATIENCE)
        assert not watch.wait(0.05)


def test_a_watch_loses_nothing_that_comes_between_two_waits(feed: Feed) -> None:
    """Look, then wait: what comes after the look and before the wait ends the wait at once."""
    with feed.watch(lambda _: True) as watch:
        for _ in range(50):
            say(1)
            assert watch.wait(PATIENCE)


def test_a_watch_that_has_ended_is_forgotten(feed: Feed) -> None:
    with feed.watch(lambda _: True):
        assert feed._watches
    assert not feed._watches


def test_readers_of_many_threads_all_get_everything_in_order(app: Flask, feed: Feed) -> None:
    start = feed.position()

    def follow() -> list[int]:
        position, deadline = start, time.monotonic() + PATIENCE
        got: list[int] = []
        while len(got) < 90 and time.monotonic() < deadline:
            with app.app_context():
                step = feed.after(position)
            got += seqs(step)
            position = journal.Position(feed.epoch, got[-1]) if got else start
            feed.wait(position.seq, 0.1)
        return got

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(follow) for _ in range(4)]
        for _ in range(30):
            say(3)
        assert [each.result(PATIENCE) for each in readers] == [list(range(1, 91))] * 4
