"""What is counted in spans outlasts a machine's clock that is set, forward or back, running or between two starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, select, update

from fleet import clock as fleet_clock
from fleet.db import write
from fleet.jobs.loops import loops
from fleet.jobs.timekeeping import Timekeeper, set_right
from fleet.models import agent, command, task, token
from fleet.models.command import COMMANDS
from fleet.models.notice.record import DELIVERIES
from fleet.models.task import TASKS
from fleet.models.token import SESSION_LIVES, TOKENS
from tests.support.agents import beat, new_agent, read, report
from tests.support.application import NOON, Clock, application, rows
from tests.support.notices import channel, deliveries, look, new_person

HOURS = timedelta(hours=3)


@pytest.fixture(autouse=True)
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on an empty database, at noon."""
    assert fleet_clock.now() == clock.moment
    with application(tmp_path) as made:
        yield made


def claimed(lease: int = 300) -> Row[Any]:
    """A task with a lease."""
    made = write(lambda tx: task.create(tx, {"title": "Tidy up", "description": "All of it"}))
    holder = new_agent()
    write(lambda tx: task.claim(tx, made.id, holder, lease))
    return stored(made.id)


def stored(task_id: str) -> Row[Any]:
    return rows(select(TASKS).where(TASKS.c.id == task_id))[0]


def start_anew(clock: Clock) -> int:
    """Three hours are taken back while nothing runs; returns how many rows were set right."""
    clock.pass_by(-HOURS.total_seconds())
    return write(set_right)


def test_a_lease_lasts_no_longer_after_a_start_than_its_length(clock: Clock) -> None:
    made = claimed(lease=300)

    assert start_anew(clock) > 0

    assert stored(made.id).lease_expires_at == clock.now() + timedelta(seconds=300)
    clock.pass_by(300)
    assert write(task.give_back_expired) == 1


def test_who_was_heard_in_the_future_falls_silent_a_time_to_live_after_the_start(clock: Clock) -> None:
    ada = beat().id
    start_anew(clock)
    start = clock.now()
    clock.pass_by(91)

    assert write(lambda tx: agent.fall_silent(tx, timedelta(seconds=90), start)) == 1
    assert read(ada).connection == "offline"


def test_a_session_lives_no_longer_after_a_start_than_sessions_do_and_a_tokens_day_is_kept(clock: Clock) -> None:
    session = write(lambda tx: token.session(tx, "Ada", "viewer")).row
    day = NOON + timedelta(days=365)
    kept = write(lambda tx: token.create(tx, "token", "ci", "viewer", expires_at=day)).row

    start_anew(clock)

    ends = {row.id: row.expires_at for row in rows(select(TOKENS))}
    assert ends == {session.id: clock.now() + SESSION_LIVES, kept.id: day}


def test_a_command_waits_as_long_as_it_was_to_wait(clock: Clock) -> None:
    ada = new_agent()
    sent = write(lambda tx: command.send(tx, ada, "instruction", "Go on"))

    start_anew(clock)

    [row] = rows(select(COMMANDS).where(COMMANDS.c.id == sent.id))
    assert row.expires_at - clock.now() == sent.expires_at - NOON


def test_a_notice_is_not_held_up_by_the_hours_that_were_taken_back(clock: Clock) -> None:
    channel(new_person())
    report(new_agent(), status="error")
    look()
    assert [row.next_at for row in deliveries()] == [NOON]

    start_anew(clock)

    assert [row.next_at for row in deliveries()] == [clock.now()]


def test_what_is_held_over_quiet_hours_keeps_its_time_of_day(clock: Clock) -> None:
    channel(new_person())
    report(new_agent(), status="error")
    look()
    write(lambda tx: tx.execute(update(DELIVERIES).values(state="held", next_at=NOON + timedelta(hours=8))))

    start_anew(clock)

    assert [row.next_at for row in deliveries()] == [NOON + timedelta(hours=8)]


def test_a_clock_that_was_right_sets_nothing_right(clock: Clock) -> None:
    claimed()
    beat()
    write(lambda tx: token.session(tx, "Ada", "viewer"))
    clock.pass_by(5)

    assert write(set_right) == 0


@pytest.fixture
def leaps(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Timekeeper:
    """A server's timekeeper just before the machine's clock is seen to have been set forward by three hours."""

    def adopt() -> None:
        clock.pass_by(HOURS.total_seconds())
        monkeypatch.setattr(fleet_clock, "behind", lambda: timedelta(0))

    keeper = Timekeeper()
    monkeypatch.setattr(fleet_clock, "behind", lambda: HOURS)
    monkeypatch.setattr(fleet_clock, "adopt", adopt)
    return keeper


def test_a_lease_has_as_long_to_go_after_a_step_forward_as_before(clock: Clock, leaps: Timekeeper) -> None:
    made = claimed(lease=300)
    clock.pass_by(100)

    leaps.look()

    assert stored(made.id).lease_expires_at - clock.now() == timedelta(seconds=200)
    assert write(task.give_back_expired) == 0


def test_a_lease_that_had_ended_is_not_brought_back_by_a_step_forward(clock: Clock, leaps: Timekeeper) -> None:
    claimed(lease=300)
    clock.pass_by(301)

    leaps.look()

    assert write(task.give_back_expired) == 1


def test_nobody_falls_silent_by_a_step_forward(clock: Clock, leaps: Timekeeper, app: Flask) -> None:
    ada = beat().id
    presence = next(loop for loop in loops(app.config["FLEET"], leaps.serving_since) if loop.name == "presence")
    clock.pass_by(60)

    leaps.look()

    assert write(presence.verb) == 0
    clock.pass_by(app.config["FLEET"].heartbeat_ttl + 1)
    assert write(presence.verb) == 1
    assert read(ada).connection == "offline"
