"""The one way to write: together and durable, each piece of work for itself, nothing told before its time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from fleet.db import Transaction
from fleet.db.writer import MAX_BATCH, Writer, storage_error
from fleet.errors import StorageUnavailable
from tests.db.conftest import Desk, note

PATIENCE = 30.0


def together(desk: Desk, verbs: list[Callable[[Transaction], Any]]) -> list[Any]:
    """Run the verbs in one batch, each in a thread of its own; their results or what they raised."""

    def run(verb: Callable[[Transaction], Any]) -> Any:
        try:
            return desk.writer.write(verb)
        except Exception as error:  # noqa: BLE001  # whatever the caller gets
            return error

    with ThreadPoolExecutor(len(verbs)) as pool:
        with desk.writer._lock:  # nobody begins before all are queued
            waiting = [pool.submit(run, verb) for verb in verbs]
            deadline = threading.Event()
            while len(desk.writer._queue) < len(verbs):
                deadline.wait(0.001)
        return [each.result(PATIENCE) for each in waiting]


CALLER: ContextVar[int] = ContextVar("CALLER")


def test_a_writer_that_has_ended_refuses_in_words(desk: Desk) -> None:
    desk.writer.write(note("before"))
    desk.writer.end()

    with pytest.raises(StorageUnavailable, match="stops; nothing was changed"):
        desk.writer.write(note("after"))

    assert desk.notes == ["before"]


def test_a_verb_runs_in_its_own_callers_context_whoever_leads(desk: Desk) -> None:
    # What Flask knows of a request lives there: a verb that asks who writes must not be told of another one.
    def caller(number: int) -> Callable[[], Any]:
        def write() -> Any:
            CALLER.set(number)
            return desk.writer.write(lambda _tx: CALLER.get())

        return write

    with ThreadPoolExecutor(8) as pool:
        with desk.writer._lock:  # nobody begins before all are queued
            waiting = [pool.submit(copy_context().run, caller(number)) for number in range(8)]
            while len(desk.writer._queue) < 8:
                threading.Event().wait(0.001)
        assert [each.result(PATIENCE) for each in waiting] == list(range(8))


def commits(desk: Desk) -> list[object]:
    """A list that grows with each commit of the writer."""
    seen: list[object] = []
    event.listen(desk.engine, "commit", seen.append)
    return seen


def fail_at_commit(tx: Transaction) -> None:
    """Work that looks good until the commit: a foreign key that is checked then."""
    tx.execute(text("PRAGMA defer_foreign_keys = ON"))
    tx.execute(text("INSERT INTO replies (note) VALUES (99)"))


def fill_up(tx: Transaction) -> None:
    """Work for which the database has no room left."""
    tx.execute(text("PRAGMA max_page_count = 1"))
    for number in range(100):
        tx.execute(text("INSERT INTO notes (words) VALUES (:words)"), {"words": f"{number}" * 2000})


def test_a_verbs_result_is_returned_and_kept(desk: Desk) -> None:
    assert desk.writer.write(note("one")) == "one"
    assert desk.notes == ["one"]


def test_what_waits_together_is_committed_together(desk: Desk) -> None:
    words = [f"note {number}" for number in range(12)]
    seen = commits(desk)

    assert together(desk, [note(each) for each in words]) == words

    assert len(seen) == 1
    assert sorted(desk.notes) == sorted(words)


def test_a_batch_has_a_limit_and_the_rest_follows(desk: Desk) -> None:
    seen = commits(desk)

    together(desk, [note(str(number)) for number in range(MAX_BATCH + 1)])

    assert len(desk.notes) == MAX_BATCH + 1
    assert len(seen) == 2


def test_a_batch_that_takes_too_long_leaves_the_rest_for_the_next_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[Writer.__module__], "LONGEST", 0.0)  # each piece of work takes longer
    words = [str(number) for number in range(6)]
    seen = commits(desk)

    assert together(desk, [note(each) for each in words]) == words

    assert len(seen) == len(words)
    assert (sorted(desk.notes), desk.news) == (words, list(range(1, 7)))


def test_work_that_raises_undoes_itself_and_nothing_of_its_neighbours(desk: Desk) -> None:
    def fail(tx: Transaction) -> None:
        note("never")(tx)
        raise LookupError("changed my mind")

    results = together(desk, [note("one"), fail, note("two")])

    assert [type(each) for each in results] == [str, LookupError, str]
    assert sorted(desk.notes) == ["one", "two"]
    assert sorted(row.said for row in desk.read("SELECT said FROM log")) == ["one", "two"]


def test_a_constraint_that_one_breaks_is_its_own_matter(desk: Desk) -> None:
    desk.writer.write(note("one"))

    results = together(desk, [note("one"), note("two")])

    assert isinstance(results[0], IntegrityError)
    assert results[1] == "two"
    assert desk.notes == ["one", "two"]


def test_all_of_one_batch_happens_at_one_moment(desk: Desk) -> None:
    assert len(set(together(desk, [lambda tx: tx.now] * 5))) == 1


def test_news_is_given_after_the_commit_never_before(desk: Desk) -> None:
    """The desk looks on another connection whether what it is told is there."""
    told: list[list[int]] = []

    def verb(tx: Transaction) -> None:
        note("one")(tx)
        told.append(list(desk.news))

    desk.writer.write(verb)

    assert (told, desk.news) == ([[]], [1])


def test_work_without_announcements_gives_no_news(desk: Desk) -> None:
    desk.writer.write(lambda tx: tx.execute(text("INSERT INTO notes (words) VALUES ('quiet')")).rowcount)

    assert (desk.notes, desk.news) == (["quiet"], [])


def test_a_notice_that_fails_does_not_make_a_failure_of_a_committed_write(desk: Desk) -> None:
    def fail(_: object) -> None:
        raise LookupError("nobody listens")

    desk.writer._notice = fail

    assert desk.writer.write(note("one")) == "one"


def test_numbers_rise_without_gaps_in_the_order_of_the_commits(desk: Desk) -> None:
    def some(number: int) -> Callable[[Transaction], None]:
        def verb(tx: Transaction) -> None:
            for part in range(number % 4):
                note(f"{number}.{part}")(tx)
            if number % 5 == 0:
                raise LookupError

        return verb

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(desk.writer.write, some(number)) for number in range(120)]
        failed = [each for each in done if each.exception(PATIENCE)]

    kept = sum(number % 4 for number in range(120) if number % 5)
    assert len(failed) == 24
    assert desk.news == list(range(1, kept + 1))
    assert [row.seq for row in desk.read("SELECT seq FROM log ORDER BY seq")] == desk.news
    said = [row.said for row in desk.read("SELECT said FROM log ORDER BY seq")]
    assert said == desk.notes


def test_a_commit_that_fails_fails_for_every_caller_and_keeps_nothing(desk: Desk) -> None:
    results = together(desk, [note("one"), fail_at_commit, note("two")])

    assert [type(each) for each in results] == [StorageUnavailable] * 3
    assert not any(each.full for each in results)
    assert (desk.notes, desk.news) == ([], [])
    assert desk.read("SELECT * FROM log") == []


def test_a_full_database_fails_every_caller_and_says_that_it_is_full(desk: Desk) -> None:
    results = together(desk, [note("one"), fill_up, note("two")])

    assert [(type(each), each.full) for each in results] == [(StorageUnavailable, True)] * 3
    assert (desk.notes, desk.news) == ([], [])


@pytest.mark.parametrize("failure", [fail_at_commit, fill_up])
def test_writing_goes_on_by_itself_once_there_is_room_again(desk: Desk, failure: Callable[[Transaction], None]) -> None:
    desk.writer.write(note("before"))
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            desk.writer.write(failure)

    assert desk.writer.write(note("after")) == "after"
    assert desk.notes == ["before", "after"]
    assert desk.news == [1, 2]


def test_what_somebody_else_holds_locked_is_refused_soon_and_written_later(desk: Desk) -> None:
    with desk.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable) as refused:
            desk.writer.write(note("one"))
        other.rollback()

    assert not refused.value.full
    assert desk.writer.write(note("two")) == "two"
    assert desk.notes == ["two"]


def test_readers_see_nothing_of_a_batch_until_it_is_committed(desk: Desk) -> None:
    seen: list[list[str]] = []

    def verb(tx: Transaction) -> None:
        note("one")(tx)
        seen.append(desk.notes)

    desk.writer.write(verb)

    assert seen == [[]]
    assert desk.notes == ["one"]


def test_a_closed_writer_opens_again_when_it_is_asked(desk: Desk) -> None:
    desk.writer.write(note("one"))
    desk.writer.close()

    desk.writer.write(note("two"))

    assert desk.notes == ["one", "two"]


@pytest.mark.parametrize(
    ("words", "full"),
    [
        ("database or disk is full", True),
        ("[Errno 28] No space left on device", True),
        ("database is locked", False),
        ("disk I/O error", False),
        ("attempt to write a readonly database", False),
    ],
)
def test_a_full_disk_is_told_apart_from_other_failures(words: str, full: bool) -> None:
    error = storage_error(OperationalError("COMMIT", {}, Exception(words)))

    assert (error.full, error.code) == (full, "STORAGE_FULL" if full else "STORAGE_UNAVAILABLE")
    assert "nothing was changed" in str(error)
