"""One agent stopped alone: its claims are over, it is told and held, whatever holds the fleet beside it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select

from fleet.db import write
from fleet.errors import Conflict, NotFound
from fleet.models import agent, agent_removal, command, hold, stop, task
from fleet.models.agent.record import AGENTS
from fleet.models.stop.record import STOPS
from fleet.models.task.record import TASKS
from tests.support.agents import new_agent, report
from tests.support.application import connected, rows
from tests.support.stops import (
    ADA,
    answers,
    begin,
    claim,
    delivered,
    endings,
    fired,
    go_on,
    new_task,
    resume,
    stop_all,
    tell,
)

KIM = stop.By("per_kim", "Kim")


def stop_one(agent_id: str, reason: str | None = None) -> Row[Any]:
    """Stop one agent, by Kim."""
    return write(lambda tx: stop.begin_for(tx, agent_id, reason, KIM))


def of(agent_id: str) -> Row[Any]:
    [row] = rows(select(AGENTS).where(AGENTS.c.id == agent_id))
    return row


def held(agent_id: str) -> str | None:
    """The code of what holds the agent."""
    with connected() as connection:
        found = hold.of(connection, agent_id)
    return found.code if found else None


def in_force(stop_id: str) -> bool:
    [row] = rows(select(STOPS).where(STOPS.c.id == stop_id))
    return row.resumed_at is None


def test_its_claim_is_over_and_only_its_own() -> None:
    it, other = new_agent(), new_agent()
    mine, theirs = new_task(), new_task()
    _, fence = claim(it)
    _, others_fence = claim(other)
    stop_one(it, "Wrong branch")

    assert endings(mine) == ["stopped"]
    assert isinstance(write(lambda tx: task.complete(tx, mine, fence, "Done")), task.Late)
    assert rows(select(TASKS.c.status).where(TASKS.c.id == mine))[0].status == "pending"
    assert not isinstance(write(lambda tx: task.complete(tx, theirs, others_fence, "Done")), task.Late)


def test_it_claims_nothing_until_its_own_resumption() -> None:
    it, other = new_agent(), new_agent()
    new_task()
    made = stop_one(it, "Fire")

    with pytest.raises(Conflict, match="This agent is stopped by Kim: Fire") as refused:
        claim(it)
    assert (refused.value.code, refused.value.details["stop_id"]) == ("AGENT_STOPPED", made.id)
    assert claim(other)
    new_task()
    resume(made.id)
    assert claim(it)


def test_it_is_told_and_its_answer_is_kept() -> None:
    it = new_agent(status="active")
    made = stop_one(it, "Fire")
    [told] = delivered(it)

    assert "Kim has stopped you." in told.content
    assert "Reason: Fire" in told.content
    assert answers(made.id)[it].acknowledged_at is None
    write(lambda tx: command.report(tx, it, told.id, {"status": "acknowledged"}))
    assert answers(made.id)[it].outcome == "acknowledged"
    assert fired("agent_stopped") == [made.id]


def test_saying_that_it_is_idle_is_an_answer_too() -> None:
    it = new_agent(status="active")
    made = stop_one(it)
    report(it, status="idle")

    assert answers(made.id)[it].outcome == "idle"


def test_what_it_was_told_besides_waits_for_the_resumption() -> None:
    it = new_agent(status="active")
    made = stop_one(it)
    other = tell(it)

    assert [row.stop_id for row in delivered(it)] == [made.id]
    assert other not in fired("command_received")
    resume(made.id)
    go_on()
    assert [row.id for row in delivered(it)] == [other]
    assert fired("command_received")[-1] == other


def test_a_second_stop_of_the_same_agent_names_the_first() -> None:
    it = new_agent()
    made = stop_one(it)

    with pytest.raises(Conflict, match="Kim has stopped this agent already") as refused:
        stop_one(it)
    assert (refused.value.code, refused.value.details["stop_id"]) == ("AGENT_ALREADY_STOPPED", made.id)
    with pytest.raises(NotFound):
        stop_one("agt_nobody")


def test_a_stop_takes_a_pauses_place_and_one_resumption_ends_both() -> None:
    it = new_agent()
    write(lambda tx: agent.pause(tx, it, "Ada", "Lunch"))
    made = stop_one(it, "Fire")

    assert (of(it).paused_by, of(it).pause_reason, of(it).stop_id) == ("Kim", "Fire", made.id)
    assert write(lambda tx: agent.pause(tx, it, "Ada", "Lunch")).pause_reason == "Fire"
    resume(made.id)
    assert (of(it).paused_at, of(it).stop_id) == (None, None)


def test_the_end_of_its_pause_is_the_end_of_its_stop() -> None:
    it = new_agent()
    made = stop_one(it)
    row = write(lambda tx: stop.resume_agent(tx, it, ADA))

    assert (row.paused_at, row.stop_id, held(it)) == (None, None, None)
    assert not in_force(made.id)
    with pytest.raises(Conflict) as refused:
        resume(made.id)
    assert refused.value.code == "STOP_IS_OVER"
    with pytest.raises(Conflict) as unheld:
        write(lambda tx: stop.resume_agent(tx, it, ADA))
    assert unheld.value.code == "AGENT_NOT_PAUSED"


def test_the_fleets_resumption_leaves_it_stopped() -> None:
    it, other = new_agent(status="active"), new_agent(status="active")
    made = stop_one(it)
    fleets = stop_all()

    assert held(it) == "FLEET_STOPPED"
    assert set(answers(fleets)) == {it, other}
    report(it, status="idle")
    assert {answers(each)[it].outcome for each in (made.id, fleets)} == {"idle"}
    resume(fleets)
    go_on()
    assert (held(it), held(other)) == ("AGENT_STOPPED", None)
    assert in_force(made.id)


def test_its_resumption_leaves_the_fleet_stopped() -> None:
    it = new_agent()
    fleets = begin("pause")
    made = stop_one(it)
    assert [row.stop_id for row in delivered(it)] == [made.id], "told beneath a pause of the fleet"
    resume(made.id)
    go_on()

    assert held(it) == "FLEET_PAUSED"
    assert in_force(fleets)
    assert delivered(it) == [], "withdrawn"


def test_its_deletion_ends_the_stop_and_a_later_agent_inherits_nothing() -> None:
    it = new_agent()
    made = stop_one(it)
    write(lambda tx: agent_removal.remove(tx, it))

    assert not in_force(made.id)
    assert answers(made.id)[it].outcome == "deleted"
    with pytest.raises(Conflict, match="was deleted"):
        resume(made.id)
