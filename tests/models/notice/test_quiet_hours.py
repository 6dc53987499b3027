"""Quiet hours: across midnight, where clocks change, and what becomes of the notices that they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from fleet.db import write
from fleet.models.notice import held
from fleet.models.notice import quiet_hours as quiet
from tests.support.agents import new_agent, report
from tests.support.application import Clock
from tests.support.notices import channel, deliveries, finish, look, new_person, quiet_hours, states, take

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(start: str, end: str, zone: str = BERLIN) -> SimpleNamespace:
    return SimpleNamespace(start=start, end=end, zone=zone)


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        # Winter in Berlin is UTC+1: 22:00 to 07:00 there is 21:00 to 06:00.
        ("22:00", "07:00", "2026-11-22 20:59:59", None),
        ("22:00", "07:00", "2026-11-22 21:00:00", "2026-11-23 06:00"),
        ("22:00", "07:00", "2026-11-22 23:30:00", "2026-11-23 06:00"),
        ("22:00", "07:00", "2026-11-23 05:59:59", "2026-11-23 06:00"),
        ("22:00", "07:00", "2026-11-23 06:00:00", None),
        ("12:00", "13:00", "2026-11-22 11:30:00", "2026-11-22 12:00"),
        ("12:00", "13:00", "2026-11-22 12:30:00", None),
        # The night of 29 March 2026 is an hour shorter, that of 25 October 2026 an hour longer.
        ("22:00", "07:00", "2026-03-28 23:00:00", "2026-03-29 05:00"),
        ("22:00", "07:00", "2026-10-24 23:00:00", "2026-10-25 06:00"),
        # 02:30 does not exist on 29 March: what begins then begins when the clock goes on.
        ("02:30", "04:00", "2026-03-29 01:15:00", None),
        ("02:30", "04:00", "2026-03-29 01:45:00", "2026-03-29 02:00"),
        # 02:30 is twice on 25 October: what ends then ends the first time, once.
        ("22:00", "02:30", "2026-10-25 00:29:00", "2026-10-25 00:30"),
        ("22:00", "02:30", "2026-10-25 01:15:00", None),
    ],
)
def test_they_follow_the_clock_on_the_wall(start: str, end: str, now: str, until: str | None) -> None:
    assert quiet.until(hours(start, end), at(now)) == (at(until) if until else None)


def test_stand_ins_for_time_zones_are_none() -> None:
    assert not {"Factory", "localtime", "posixrules"} & quiet.zones()
    assert {"UTC", BERLIN, "US/Eastern", "Etc/GMT-3"} <= quiet.zones()


def test_places_and_utc_are_offered() -> None:
    assert {"UTC", BERLIN, "Asia/Kolkata"} <= set(quiet.places()) <= quiet.zones()
    assert not {"EST5EDT", "Etc/GMT+5", "US/Eastern", "GMT0"} & set(quiet.places())
    assert list(quiet.places()) == sorted(quiet.places())


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "x" * 300])
def test_a_stored_zone_that_is_not_known_any_more_is_utc(zone: str) -> None:
    now = at("2026-11-22 23:30:00")

    assert quiet.until(hours("22:00", "07:00", zone), now) == at("2026-11-23 07:00")


def test_the_zone_is_the_persons() -> None:
    night = at("2026-11-22 15:00:00")

    assert quiet.until(hours("22:00", "07:00", "Asia/Tokyo"), night) == at("2026-11-22 22:00")
    assert quiet.until(hours("22:00", "07:00", "America/Lima"), night) is None


def fail_an_agent(name: str) -> str:
    made = new_agent(name=name)
    report(made, status="error")
    look()
    return made


def release() -> None:
    write(held.release)


def test_at_their_end_what_still_stands_is_one_message(clock: Clock) -> None:
    ada = new_person()
    channel(ada)
    quiet_hours(ada, "11:00", "13:00")
    fail_an_agent("Ada")
    recovered = fail_an_agent("Bob")
    fail_an_agent("Cy")
    report(recovered, status="active")
    look()
    clock.pass_by(3599)
    release()
    assert take() == []

    clock.pass_by(2)
    release()
    [message] = take()
    assert [notice.agent_name for notice in message.notices] == ["Ada", "Cy"]
    finish(message)
    assert states() == ["sent", "skipped", "sent"]
    assert deliveries()[1].error == "It was over before it could be sent."


def test_questions_may_pass() -> None:
    ada = new_person()
    channel(ada)
    quiet_hours(ada, "11:00", "13:00", questions_pass=True)
    report(new_agent(), status="waiting_feedback", pending_question="Now?")
    fail_an_agent("Bob")

    assert states() == ["waiting", "held"]
    assert [message.notices[0].kind for message in take()] == ["question"]


def test_quiet_hours_that_are_made_longer_or_ended_hold_for_what_is_held(clock: Clock) -> None:
    ada = new_person()
    channel(ada)
    quiet_hours(ada, "11:00", "13:00")
    fail_an_agent("Ada")
    quiet_hours(ada, "11:00", "18:00")
    release()
    clock.pass_by(2 * 3600)
    release()
    assert states() == ["held"]

    write(lambda tx: quiet.end(tx, ada))
    release()
    assert states() == ["waiting"]


def test_letting_questions_pass_lets_go_of_those_that_are_held() -> None:
    ada = new_person()
    channel(ada)
    quiet_hours(ada, "11:00", "13:00")
    report(new_agent(), status="waiting_feedback", pending_question="Now?")
    fail_an_agent("Bob")
    quiet_hours(ada, "11:00", "13:00", questions_pass=True)
    release()

    assert states() == ["waiting", "held"]


def test_one_persons_quiet_hours_are_nobody_elses() -> None:
    ada, bob = new_person(), new_person("bob@example.com")
    channel(ada)
    channel(bob)
    quiet_hours(ada, "11:00", "13:00")
    fail_an_agent("Ada")

    assert states() == ["held", "waiting"]
