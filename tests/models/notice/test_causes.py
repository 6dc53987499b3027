"""Which notices there are: one for each cause, for whoever wants its kind, also after a crash."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from fleet.db import write
from fleet.jobs.notices import Notices
from fleet.models import agent, agent_removal, journal, person
from fleet.models.notice import detection
from fleet.models.notice.causes import line
from fleet.models.notice.record import CURSOR, NOTICES
from fleet.models.notice.retention import forget
from fleet.parts import the
from tests.support.agents import beat, new_agent, report
from tests.support.application import Clock, count, head, rows
from tests.support.notices import channel, deliveries, look, new_person, quiet_hours, states, titles

ASKS = {"status": "waiting_feedback", "pending_question": "Which database?"}


def resolved() -> list[bool]:
    return [row.resolved_at is not None for row in rows(select(NOTICES).order_by(NOTICES.c.at))]


def test_an_agent_that_asks_fails_or_falls_silent_is_noticed(clock: Clock) -> None:
    asking, failing = new_agent(name="Reviewer"), new_agent(name="Builder", current_task="Update React")
    report(asking, **ASKS)
    look()
    clock.pass_by(1)
    report(failing, status="error")
    look()
    clock.pass_by(1)
    beat(name="Far away")
    clock.pass_by(100)
    write(lambda tx: agent.fall_silent(tx, timedelta(seconds=90), clock.now() - timedelta(hours=1)))
    look()

    assert titles() == [
        "Reviewer asks: Which database?",
        "Builder stopped with an error",
        "Far away has fallen silent",
    ]
    assert resolved() == [False, False, False]


def test_a_silence_does_not_end_the_question_before_it_and_says_that_the_answer_waits(clock: Clock) -> None:
    beat(name="Far away", **ASKS)
    look()
    clock.pass_by(100)
    write(lambda tx: agent.fall_silent(tx, timedelta(seconds=90), clock.now() - timedelta(hours=1)))
    look()

    assert titles() == ["Far away asks: Which database?", "Far away has fallen silent"]
    assert resolved() == [False, False]
    assert rows(select(NOTICES.c.text).where(NOTICES.c.kind == "silence"))[0].text.endswith(
        "The answer to its question waits for it."
    )


def test_the_same_question_again_is_the_same_cause_and_another_one_is_another(clock: Clock) -> None:
    asking = new_agent()
    report(asking, **ASKS)
    look()
    clock.pass_by(5)
    report(asking, **ASKS)
    report(asking, progress=10)
    look()
    assert titles() == ["Ada asks: Which database?"]

    clock.pass_by(5)
    report(asking, pending_question="Which port?")
    look()
    assert titles() == ["Ada asks: Which database?", "Ada asks: Which port?"]
    assert resolved() == [True, False]


def test_what_is_answered_asked_again_and_dismissed_is_followed(clock: Clock) -> None:
    asking = new_agent()
    report(asking, **ASKS)
    look()
    clock.pass_by(5)
    write(lambda tx: agent.answer(tx, asking, "SQLite", None, None))
    look()
    assert resolved() == [True]

    clock.pass_by(5)
    report(asking, **ASKS)
    look()
    assert resolved() == [True, False], "asked again after an answer: another cause"

    clock.pass_by(5)
    report(asking, status="error", pending_question=None)
    write(lambda tx: agent.dismiss(tx, asking))
    look()
    assert resolved() == [True, True], "an error that is dismissed at once is told to nobody"


def test_who_went_on_and_waits_for_the_same_again_asks_anew(clock: Clock) -> None:
    asking = new_agent()
    for _ in range(2):
        report(asking, **ASKS)
        look()
        clock.pass_by(5)
        report(asking, status="active")
        look()
        clock.pass_by(5)

    assert resolved() == [True, True]


def test_a_cause_is_noted_once_even_if_it_was_taken_for_over() -> None:
    channel(new_person())
    asking = new_agent()
    report(asking, **ASKS)
    look()
    write(lambda tx: tx.execute(update(NOTICES).values(resolved_at=tx.now)) and None)
    report(asking, current_task="Something else")
    look()

    assert len(titles()) == len(states()) == 1


def test_a_question_without_its_status_and_waiting_without_a_question_are_none() -> None:
    report(new_agent(), pending_question="Which?")
    report(new_agent(), status="waiting_feedback")
    look()

    assert titles() == []


def test_a_deleted_agents_causes_are_over() -> None:
    asking = new_agent()
    report(asking, **ASKS)
    look()
    write(lambda tx: agent_removal.remove(tx, asking))
    look()

    assert resolved() == [True]


def test_each_channel_gets_the_kinds_that_it_wants_and_nobody_shut_out_any() -> None:
    ada, bob, eve = new_person(), new_person("bob@example.com"), new_person("eve@example.com")
    both = [channel(ada), channel(bob, on_error=False)]
    channel(bob, on_question=False)
    channel(ada, enabled=False)
    channel(eve)
    write(lambda tx: person.edit(tx, eve, {"disabled": True}))

    report(new_agent(), **ASKS)
    look()

    assert [row.channel_id for row in deliveries()] == both
    assert len({row.message_id for row in deliveries()}) == 2


def test_an_old_cause_is_not_told_to_a_new_channel() -> None:
    asking = new_agent()
    report(asking, **ASKS)
    look()
    channel(new_person())
    report(asking, progress=50, current_task="another")
    look()

    assert states() == []


def test_nothing_is_lost_or_doubled_when_the_process_dies_after_any_step(clock: Clock) -> None:
    channel(new_person())
    first = new_agent()
    report(first, **ASKS)
    look()
    clock.pass_by(1)
    report(new_agent(name="Bob"), status="error")

    def dies(*_: object) -> None:
        raise KeyError("killed")

    # Everything that was noted together with the cursor is undone together.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(detection, "address", dies)
        with pytest.raises(KeyError):
            look()
    assert titles() == ["Ada asks: Which database?"]

    for _ in range(3):
        the(Notices)._position = None  # a new process knows what is stored
        look()
    assert titles() == ["Ada asks: Which database?", "Bob stopped with an error"]
    assert states() == ["waiting", "waiting"]


def test_two_processes_that_saw_the_same_note_it_once() -> None:
    channel(new_person())
    report(new_agent(), **ASKS)
    stretch = detection.Stretch(None, journal.Position("x", 1))

    assert write(lambda tx: detection.note(tx, stretch)) == 1
    assert write(lambda tx: detection.note(tx, stretch)) == 0
    assert states() == ["waiting"]


def test_a_journal_that_was_pruned_or_restored_meanwhile_loses_nothing(clock: Clock) -> None:
    look()
    report(new_agent(), **ASKS)
    clock.pass_by(10)
    write(lambda tx: journal.prune(tx, timedelta(seconds=1), 1))
    look()
    assert titles() == ["Ada asks: Which database?"]

    report(new_agent(name="Bob"), status="error")
    write(lambda tx: journal.begin_epoch(tx.connection))
    look()
    assert len(titles()) == 2


def test_figures_alone_cost_no_write() -> None:
    busy = new_agent()
    look()
    before = rows(select(CURSOR))
    for step in range(20):
        report(busy, progress=step + 1)
    look()

    assert rows(select(CURSOR)) == before


def test_names_and_questions_are_one_bounded_line_in_a_title() -> None:
    hostile = "Ada\r\nBcc: all@example.com\x00\u2028\u202e" + "x" * 600
    report(new_agent(name=hostile), status="waiting_feedback", pending_question="first\r\nX: y" + "z" * 9000)
    look()

    [row] = rows(select(NOTICES))
    assert len(row.title) <= 200
    assert row.title.isprintable()
    assert len(row.text) <= 2000
    assert line("a\tb\n c", 4) == "a b…"


def test_notices_are_forgotten_with_their_deliveries_but_not_while_their_cause_stands(clock: Clock) -> None:
    channel(new_person())
    asking, failing = new_agent(), new_agent(name="Bob")
    report(asking, **ASKS)
    report(failing, status="error")
    look()
    report(failing, status="active")
    look()
    clock.pass_by(31 * 86400)

    assert write(lambda tx: forget(tx, timedelta(days=30))) == 1
    assert titles() == ["Ada asks: Which database?"]
    assert len(deliveries()) == 1
    look()
    assert count(NOTICES) == 1, "it is not noticed anew"


def test_open_pages_are_told_that_something_is_on_its_way() -> None:
    channel(new_person())
    report(new_agent(), **ASKS)
    before = head()
    look()

    assert head() == before + 1


def test_quiet_hours_hold_a_notice(clock: Clock) -> None:
    ada = new_person()
    channel(ada)
    quiet_hours(ada, "11:00", "13:00")
    report(new_agent(), **ASKS)
    look()

    assert states() == ["held"]
    assert deliveries()[0].next_at == clock.now() + timedelta(hours=1)
