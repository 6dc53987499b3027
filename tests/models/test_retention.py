"""What is forgotten, when, in which portions; and what stays although it is old."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from fleet.db import Transaction, write
from fleet.models import command, event, retention, token
from fleet.models.command import COMMANDS
from fleet.models.event.record import EVENTS
from fleet.models.token import TOKENS
from tests.support import stops
from tests.support.agents import new_agent as make_agent
from tests.support.application import Clock, count, rows

KEEP = timedelta(days=90)
DAY = 86400


def tell(agent: str, words: str, **more: int) -> str:
    """Send an instruction; returns its id."""
    return str(write(lambda tx: command.send(tx, agent, "instruction", words, **more)).id)


def until_done(rule: retention.Walk) -> list[int]:
    """Run a rule as its loop does; returns how far each turn looked."""
    turns = [write(lambda tx: rule(tx, KEEP))]
    while turns[-1] >= retention.CHUNK:
        turns.append(write(lambda tx: rule(tx, KEEP)))
    return turns


def test_old_activity_goes_in_small_chunks_and_new_stays(clock: Clock) -> None:
    agent = make_agent()

    def add_many(tx: Transaction) -> None:
        lines = [
            {
                "id": f"evt_{n}",
                "agent_id": agent,
                "type": "info",
                "message": "m",
                "metadata": None,
                "timestamp": tx.now,
            }
            for n in range(1201)
        ]
        tx.execute(insert(EVENTS), lines)

    write(add_many)
    clock.pass_by(89 * DAY)
    write(lambda tx: event.post(tx, agent, "info", "young"))
    rule = retention.events()

    assert until_done(rule) == [0], "a day too early"
    clock.pass_by(2 * DAY)
    assert until_done(rule) == [200] * 6 + [1]
    assert [row.message for row in rows(select(EVENTS))] == ["young"]


def test_only_commands_that_have_ended_long_ago_are_forgotten(clock: Clock) -> None:
    agent = make_agent()
    answered, read, late = (tell(agent, text) for text in ("answered", "read and never ended", "answered late"))
    write(lambda tx: command.report(tx, agent, answered, {"status": "completed"}))
    write(lambda tx: command.report(tx, agent, read, {"status": "acknowledged"}))
    write(lambda tx: command.report(tx, agent, late, {"status": "acknowledged"}))
    expiring = tell(agent, "expires", expires_in=80 * DAY)
    clock.pass_by(81 * DAY)
    write(command.expire)
    write(lambda tx: command.report(tx, agent, late, {"status": "completed"}))
    clock.pass_by(10 * DAY)
    rule = retention.commands()

    until_done(rule)
    assert {row.id for row in rows(select(COMMANDS))} == {read, late, expiring}
    clock.pass_by(90 * DAY)
    until_done(rule)
    assert {row.id for row in rows(select(COMMANDS))} == {read}


def test_old_rows_that_stay_do_not_hide_what_comes_after_them(clock: Clock) -> None:
    agent = make_agent()
    for number in range(retention.CHUNK + 20):
        tell(agent, str(number), expires_in=1000 * DAY)
    last = tell(agent, "last")
    write(lambda tx: command.report(tx, agent, last, {"status": "completed"}))
    clock.pass_by(91 * DAY)

    assert until_done(retention.commands()) == [200, 21]
    assert count(COMMANDS) == retention.CHUNK + 20


@pytest.mark.parametrize("ending", ["revoked_at", "expires_at"])
def test_a_token_stays_in_the_list_for_a_while_after_its_end(clock: Clock, ending: str) -> None:
    row, _ = write(lambda tx: token.create(tx, "token", "short", "viewer"))
    write(lambda tx: token.create(tx, "token", "lasting", "viewer"))
    write(lambda tx: tx.execute(update(TOKENS).where(TOKENS.c.id == row.id).values({ending: tx.now})) and None)

    clock.pass_by(89 * DAY)
    assert write(lambda tx: retention.tokens(tx, KEEP)) == 0
    clock.pass_by(2 * DAY)
    assert write(lambda tx: retention.tokens(tx, KEEP)) == 1
    assert [each.name for each in rows(select(TOKENS))] == ["lasting"]


def test_a_sweep_of_sessions_takes_a_bounded_number(clock: Clock) -> None:
    for _ in range(12):
        write(lambda tx: token.create(tx, "session", "s", "viewer", expires_at=tx.now))
    clock.pass_by(3 * DAY)

    assert write(lambda tx: token.sweep(tx, limit=5)) == 5
    assert rows(select(func.count()).select_from(TOKENS))[0][0] == 7


def test_a_stop_is_forgotten_with_its_report_long_after_its_end_and_never_before(clock: Clock) -> None:
    make_agent(status="active")
    first = stops.stop_all()
    clock.pass_by(100 * DAY)
    assert write(lambda tx: retention.stops(tx, KEEP)) == 0  # in force, however old
    stops.resume(first)
    stops.go_on()
    clock.pass_by(89 * DAY)
    assert write(lambda tx: retention.stops(tx, KEEP)) == 0
    assert list(stops.answers(first))

    clock.pass_by(2 * DAY)
    assert write(lambda tx: retention.stops(tx, KEEP)) == 1
    assert stops.answers(first) == {}
