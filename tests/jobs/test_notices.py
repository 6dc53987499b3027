"""The loop that notices and sends, turn by turn, with a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet import clock as fleet_clock
from fleet.bus import News
from fleet.db import writer
from fleet.errors import StorageUnavailable
from fleet.jobs.notices import LOOK_EVERY, Notices
from fleet.models.notice import outcomes
from fleet.parts import parts_of
from tests.support.agents import new_agent, report
from tests.support.application import Clock, application
from tests.support.notices import channel, deliveries, new_person, states
from tests.support.receivers import Receiver, eventually, receiving


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application, which may reach loopback, at noon."""
    assert fleet_clock.now() == clock.moment
    with application(tmp_path, notice_targets="127.0.0.1") as made:
        yield made


@pytest.fixture
def receiver(app: Flask) -> Iterator[Receiver]:
    """A receiver, and a channel that leads to it."""
    assert app
    with receiving() as made:
        channel(new_person(), target=made.url)
        yield made


def process(app: Flask) -> Notices:
    """Another process's loop on the same database."""
    loop = parts_of(app).get(Notices)
    return Notices(app, loop._settings, loop._bus)


def fail_an_agent() -> None:
    report(new_agent(), status="error")


def test_a_turn_notices_and_sends_and_knows_when_the_next_is_due(app: Flask, receiver: Receiver, clock: Clock) -> None:
    loop = process(app)
    assert loop.turn() == LOOK_EVERY
    fail_an_agent()
    loop.turn()
    eventually(lambda: states() == ["sent"])
    assert loop.turn() == LOOK_EVERY
    assert len(receiver.got) == 1

    receiver.plan = [500]
    clock.pass_by(60)
    fail_an_agent()
    loop.turn()
    eventually(lambda: deliveries()[-1].error)
    assert 0 < loop.turn() < LOOK_EVERY + 1.1
    clock.pass_by(7)
    loop.turn()
    eventually(lambda: states() == ["sent", "sent"])


def test_two_processes_tell_it_once(app: Flask, receiver: Receiver) -> None:
    both = [process(app), process(app)]
    fail_an_agent()
    for _ in range(3):
        for loop in both:
            loop.turn()
    eventually(lambda: states() == ["sent"])

    assert len(receiver.got) == 1


def test_a_receiver_that_hangs_keeps_nobody_else_waiting(app: Flask, receiver: Receiver) -> None:
    receiver.plan = [0]
    with receiving() as other:
        loop = process(app)
        fail_an_agent()
        loop.turn()
        eventually(lambda: receiver.got)
        channel(new_person("bob@example.com"), target=other.url)
        fail_an_agent()
        loop.turn()
        eventually(lambda: other.got)
        assert len(receiver.got) == 1, "its second message waits for the first"


def test_what_was_sent_but_not_written_down_is_sent_again_under_the_same_id(
    app: Flask, receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageUnavailable("The disk is full", full=True)

    loop = process(app)
    fail_an_agent()
    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "finish", full)
        loop.turn()
        eventually(lambda: receiver.got and not loop._hands)
    clock.pass_by(61)
    loop.turn()
    eventually(lambda: states() == ["sent"])

    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_progress_wakes_nobody(app: Flask) -> None:
    loop = process(app)
    loop._hear([News(1, "agent_progress_updated", "agt_1"), News(2, "todo_updated", "todo_1")])
    assert not loop._news.is_set()
    loop._hear([News(3, "agent_question_posted", "agt_1")])
    assert loop._news.is_set()


def test_a_quiet_fleet_costs_no_commit(app: Flask, receiver: Receiver, clock: Clock) -> None:
    loop = process(app)
    loop.turn()
    before = writer().meter.commits.count
    for _ in range(5):
        clock.pass_by(LOOK_EVERY)
        loop.turn()

    assert writer().meter.commits.count == before
    assert receiver.got == []
