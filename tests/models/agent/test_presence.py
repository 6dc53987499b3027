"""Truthful presence (contract I9): silence makes offline once, a beat makes online once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet import clock as fleet_clock
from fleet.config import Settings
from fleet.db import write
from fleet.jobs.loops import loops
from fleet.models import agent
from tests.support.agents import beat, new_agent, read, report
from tests.support.application import NOON, Clock, changes, frame, head, kinds

TTL = timedelta(seconds=90)
LONG_AGO = NOON - timedelta(days=1)


def sweep(serving_since: object = LONG_AGO, limit: int = 200) -> int:
    return write(lambda tx: agent.fall_silent(tx, TTL, serving_since, limit))  # type: ignore[arg-type]


def own_report(agent_id: str, **changes_made: object) -> Any:
    return write(lambda tx: agent.edit(tx, agent_id, changes_made, alive=True))


def test_an_agent_is_online_for_its_whole_time_to_live_and_offline_right_after(clock: Clock) -> None:
    ada = beat().id
    clock.pass_by(90)
    assert sweep() == 0
    assert read(ada).connection == "online"

    moment = clock.pass_by(0.001)

    assert sweep() == 1
    assert (read(ada).connection, read(ada).connection_changed_at) == ("offline", moment)


def test_falling_silent_is_announced_once_however_often_it_is_looked_at(clock: Clock) -> None:
    beat()
    before = head()
    clock.pass_by(91)

    assert [sweep(), sweep(), sweep()] == [1, 0, 0]

    fired = changes(before)
    assert [row.kind for row in fired] == ["agent_status_changed", "agent_event_created"]
    assert frame(fired[0])["new_status"] == "offline"


def test_coming_back_is_announced_once(clock: Clock) -> None:
    beat(status="active")
    clock.pass_by(91)
    sweep()
    before = head()

    beat()
    beat()

    fired = changes(before)
    assert [row.kind for row in fired] == ["agent_status_changed", "agent_event_created"]
    assert (frame(fired[0])["old_status"], frame(fired[0])["new_status"]) == ("offline", "active")


def test_a_question_that_was_asked_while_coming_back_is_announced(clock: Clock) -> None:
    beat()
    clock.pass_by(91)
    sweep()
    before = head()

    beat(status="waiting_feedback", pending_question="Now?")

    assert kinds(before) == ["agent_status_changed", "agent_event_created", "agent_question_posted"]


def test_nobody_goes_offline_because_the_server_was_not_there(clock: Clock) -> None:
    """The server stood still for an hour: everybody has a whole time to live to beat again."""
    ada = beat().id
    started = clock.pass_by(3600)
    assert sweep(started) == 0
    clock.pass_by(89)
    assert sweep(started) == 0
    assert read(ada).connection == "online"

    clock.pass_by(1)

    assert sweep(started) == 1


def test_who_beats_within_the_grace_after_a_restart_never_shows_as_offline(clock: Clock) -> None:
    ada = beat().id
    started = clock.pass_by(3600)
    clock.pass_by(60)
    beat()
    before = head()
    clock.pass_by(60)

    assert sweep(started) == 0
    assert read(ada).connection == "online"
    assert head() == before


def test_who_never_beat_cannot_fall_silent(clock: Clock) -> None:
    ada = new_agent()
    clock.pass_by(10_000)
    report(ada, progress=5)

    assert sweep() == 0
    assert read(ada).connection == "unknown"


def test_a_report_by_another_caller_is_no_sign_of_life(clock: Clock) -> None:
    ada = beat().id
    clock.pass_by(80)
    report(ada, current_task="Renamed by a person")
    clock.pass_by(11)

    assert sweep() == 1


@pytest.mark.parametrize("changes_made", [{"progress": 45}, {}])
def test_an_agents_own_report_is_a_sign_of_life_also_one_that_says_nothing_new(
    clock: Clock, changes_made: dict[str, int]
) -> None:
    ada = beat().id
    clock.pass_by(80)
    said = own_report(ada, **changes_made)
    clock.pass_by(11)

    assert sweep() == 0
    assert read(ada).last_seen_at == said.last_seen_at == NOON + timedelta(seconds=80)


def test_a_report_writes_the_row_once_its_sign_of_life_included(clock: Clock) -> None:
    ada = beat().id
    assert [read(ada).version, own_report(ada, progress=5).version, own_report(ada).version] == [1, 2, 2]
    clock.pass_by(2)
    assert own_report(ada).version == 3
    assert read(ada).edition == 2, "what says nothing new is no edit"


def test_a_sign_of_life_that_changes_nothing_visible_leaves_no_row_in_the_journal(clock: Clock) -> None:
    ada = beat().id
    clock.pass_by(5)
    before = head()

    own_report(ada)
    write(lambda tx: agent.seen(tx, ada))

    assert kinds(before) == []
    assert read(ada).version == 3


@pytest.mark.parametrize("first", ["report", "made", "seen"])
def test_who_never_beats_falls_silent_a_time_to_live_after_its_last_word(clock: Clock, first: str) -> None:
    """An agent made as the README teaches stayed "active, 45 %" for ever."""
    ada = str(write(lambda tx: agent.create(tx, {"name": "Ada", "worktree": "/src"}, alive=first == "made")).id)
    if first == "report":
        own_report(ada, status="active", progress=45)
    elif first == "seen":
        write(lambda tx: agent.seen(tx, ada))
    assert read(ada).connection == "online"
    moment = clock.pass_by(90.001)

    assert sweep() == 1
    assert (read(ada).state, read(ada).state_since) == ("offline", moment)


def test_a_report_of_who_was_silent_brings_it_back_as_a_beat_does(clock: Clock) -> None:
    ada = beat(status="active").id
    clock.pass_by(91)
    sweep()
    before = head()

    own_report(ada, status="waiting_feedback", pending_question="Now?")

    assert kinds(before) == ["agent_status_changed", "agent_event_created", "agent_question_posted"]
    assert read(ada).connection == "online"


def test_a_sign_of_life_of_who_is_not_there_is_nothing() -> None:
    before = head()
    write(lambda tx: agent.seen(tx, "agt_none"))

    assert head() == before


def test_many_silent_agents_go_offline_in_small_sweeps(clock: Clock) -> None:
    for number in range(5):
        beat(repo_path=f"/src/{number}")
    clock.pass_by(91)

    assert [sweep(limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_the_server_looks_often_enough_to_see_a_dead_daemon_within_its_time_to_live_twice() -> None:
    """Seen within TTL + grace: the loop's own pace adds no more than a quarter of the time to live."""
    for ttl in (4, 20, 90, 600):
        every = next(loop.every for loop in loops(Settings(heartbeat_ttl=ttl), lambda: NOON) if loop.name == "presence")
        assert every <= ttl / 4


@settings(deadline=None, max_examples=60)
@given(beats=st.lists(st.integers(1, 200), max_size=12), restarts=st.sets(st.integers(0, 11)))
def test_offline_means_silence_of_a_time_to_live_that_the_server_heard(beats: list[int], restarts: set[int]) -> None:
    """Whatever the pace of beats and restarts: never offline sooner, never online longer."""
    place = f"/src/{beats}-{sorted(restarts)}"
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fleet_clock, "now", clock.now)
        ada = beat(repo_path=place).id
        seen = started = clock.moment
        silent = False
        for turn, pause in enumerate(beats):
            if turn in restarts:
                started = clock.moment
            clock.pass_by(pause)
            sweep(started)
            silent |= clock.moment - seen > TTL and clock.moment - started >= TTL
            assert (read(ada).connection == "offline") == silent
            if turn % 2:
                beat(repo_path=place)
                seen, silent = clock.moment, False


def test_who_never_beat_and_shut_down_falls_silent_after_its_time_to_live(clock: Clock) -> None:
    ada = new_agent(status="active")
    report(ada, status="shutting_down")
    clock.pass_by(60)
    report(ada, progress=99)
    clock.pass_by(90)
    assert (sweep(), read(ada).state) == (0, "finishing")

    clock.pass_by(0.001)

    assert (sweep(), read(ada).state) == (1, "offline")
    assert sweep() == 0


def test_who_shut_down_and_reports_anew_is_back(clock: Clock) -> None:
    ada = new_agent()
    report(ada, status="shutting_down")
    clock.pass_by(91)
    sweep()

    report(ada, status="active")

    assert (read(ada).state, read(ada).connection) == ("active", "unknown")
