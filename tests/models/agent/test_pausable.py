"""A paused agent gets no claims and no commands; what waits for it comes in order when it is resumed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from fleet.db import write
from fleet.errors import Conflict
from fleet.models import agent, task
from fleet.models.event import EVENTS
from tests.support import stops
from tests.support.agents import new_agent, read, report
from tests.support.application import rows
from tests.support.stops import claim, delivered, fired, go_on, new_task, tell


def pause(agent_id: str, reason: str | None = None) -> None:
    write(lambda tx: agent.pause(tx, agent_id, "Ada", reason))


def resume(agent_id: str) -> None:
    write(lambda tx: agent.resume(tx, agent_id, "Bob"))


def test_a_pause_says_who_and_why_and_stands_in_the_activity() -> None:
    it = new_agent()
    pause(it, "Wrong branch")

    seen = read(it)
    assert (seen.paused_by, seen.pause_reason, seen.activity_message) == (
        "Ada",
        "Wrong branch",
        "Paused by Ada: Wrong branch",
    )
    resume(it)
    assert read(it).paused_at is None
    said = [row.message for row in rows(select(EVENTS).where(EVENTS.c.agent_id == it))]
    assert said == ["Paused by Ada: Wrong branch", "Resumed by Bob"]


def test_a_pause_stands_beside_the_state_and_not_in_its_place() -> None:
    it = new_agent(status="active")
    pause(it)

    assert read(it).state == "active"
    assert report(it, status="error").paused_at is not None


def test_pausing_twice_keeps_the_first_and_resuming_twice_is_refused() -> None:
    it = new_agent()
    pause(it, "First")
    pause(it, "Second")
    assert read(it).pause_reason == "First"

    resume(it)
    with pytest.raises(Conflict, match="not paused"):
        resume(it)


def test_a_paused_agent_can_claim_nothing_and_another_one_can() -> None:
    it, other, work = new_agent(), new_agent(name="Bob"), new_task()
    pause(it, "Later")

    with pytest.raises(Conflict, match="paused by Ada: Later") as refused:
        claim(it)
    assert refused.value.code == "AGENT_PAUSED"
    with pytest.raises(Conflict):
        write(lambda tx: task.claim(tx, work, it, 60))
    assert claim(other)[0].id == work


def test_what_a_paused_agent_has_claimed_it_may_finish() -> None:
    it, work = new_agent(), new_task()
    _, fence = claim(it)
    pause(it)

    write(lambda tx: task.renew(tx, work, fence, None))
    done = write(lambda tx: task.complete(tx, work, fence, "Done"))
    assert getattr(done, "status", None) == "completed"


def test_commands_wait_and_come_in_the_order_in_which_they_were_sent() -> None:
    it = new_agent()
    first = tell(it)
    pause(it)
    second = tell(it)
    third = tell(it)

    assert delivered(it) == []
    assert fired("command_received") == [first]
    assert fired("command_held") == [second, third]
    resume(it)
    assert [row.id for row in delivered(it)] == [first, second, third]
    assert fired("command_received") == [first, second, third]


def test_a_command_sent_before_the_held_ones_are_let_go_does_not_overtake_them() -> None:
    it = new_agent()
    pause_of_all = stops.begin("pause")
    held = tell(it)
    stops.resume(pause_of_all)
    late = tell(it)
    go_on()

    assert fired("command_received") == [held, late]


def test_a_task_given_to_a_paused_agent_sets_it_to_work_when_it_is_resumed() -> None:
    it = new_agent()
    pause(it)
    made = new_task(assigned_agent_id=it)
    given = new_task()
    write(lambda tx: task.edit(tx, given, {"assigned_agent_id": it}))
    taken_away = new_task(assigned_agent_id=it)
    write(lambda tx: task.edit(tx, taken_away, {"assigned_agent_id": None}))

    assert fired("task_assigned") == []
    resume(it)
    assert fired("task_assigned") == [made, given]
