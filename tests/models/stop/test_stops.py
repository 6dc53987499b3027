"""The fleet held still: frozen at once, everybody told, resumed by a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from fleet.db import Transaction, write
from fleet.errors import Conflict
from fleet.models import agent, agent_removal, command, hold, stop, task
from fleet.models.command import COMMANDS
from fleet.models.task.record import CLAIMS, TASKS
from tests.support.agents import new_agent, read, report
from tests.support.application import Clock, rows
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


@pytest.mark.parametrize(("kind", "code"), [("pause", "FLEET_PAUSED"), ("stop", "FLEET_STOPPED")])
def test_nothing_can_be_claimed_from_the_commit_on(kind: str, code: str) -> None:
    it = new_agent()
    new_task()
    begin(kind, "Fire")

    with pytest.raises(Conflict, match="by Ada: Fire") as refused:
        claim(it)
    assert refused.value.code == code


def test_a_pause_lets_go_on_what_runs_and_holds_commands() -> None:
    it, work = new_agent(status="active"), new_task()
    _, fence = claim(it)
    stop_id = begin("pause")
    held = tell(it)

    assert delivered(it) == []
    write(lambda tx: task.renew(tx, work, fence, None))
    assert not isinstance(write(lambda tx: task.complete(tx, work, fence, "Done")), task.Late)
    resume(stop_id)
    go_on()
    assert [row.id for row in delivered(it)] == [held]
    assert answers(stop_id) == {}


def test_stop_all_revokes_every_claim_and_its_late_answer_stays_evidence() -> None:
    it, work = new_agent(), new_task()
    row, fence = claim(it)
    stop_all()

    [after] = rows(select(TASKS).where(TASKS.c.id == work))
    assert (after.status, after.assigned_agent_id, after.lease_expires_at) == ("pending", None, None)
    assert endings(work) == ["stopped"]
    assert isinstance(write(lambda tx: task.complete(tx, work, fence, "Too late")), task.Late)
    [kept] = rows(select(CLAIMS).where(CLAIMS.c.task_id == work))
    assert (kept.late_answer, kept.ending) == ("Too late", "stopped")
    assert rows(select(TASKS).where(TASKS.c.id == row.id))[0].status == "pending"


def test_a_lease_is_void_from_the_stop_on_although_nobody_has_come_to_revoke_it_yet() -> None:
    """Contract I10: the freeze is the one commit; the rest is bookkeeping that a kill may interrupt."""
    it, work = new_agent(), new_task()
    _, fence = claim(it)
    begin("stop")

    with pytest.raises(Conflict, match="This claim is over"):
        write(lambda tx: task.renew(tx, work, fence, 600))
    assert isinstance(write(lambda tx: task.complete(tx, work, fence, "Done")), task.Late)
    go_on()
    assert endings(work) == ["stopped"]


def test_everybody_at_work_is_told_and_nobody_else() -> None:
    told = [new_agent(status=status) for status in ("active", "waiting_feedback", "warning")]
    quiet = [new_agent(status=status) for status in ("idle", "finished", "error")]
    holder = new_agent()
    new_task()
    claim(holder)
    stop_id = stop_all("Fire")

    assert set(answers(stop_id)) == {*told, holder}
    assert [delivered(it) for it in quiet] == [[], [], []]
    [sent] = delivered(told[0])
    assert (sent.stop_id, sent.sent_by, sent.type) == (stop_id, "Ada", "instruction")
    assert "Reason: Fire" in sent.content
    assert read(told[0]).activity_message == "Stopped by Ada: Fire"
    assert answers(stop_id)[holder].tasks[0]["fence"] == 1


def test_words_that_were_queued_stay_queued_and_only_the_stop_is_delivered() -> None:
    it = new_agent(status="active")
    before = tell(it)
    stop_id = stop_all()
    after = tell(it)

    assert [row.stop_id for row in delivered(it)] == [stop_id]
    resume(stop_id)
    go_on()
    assert [row.id for row in delivered(it)] == [before, after]


def test_a_paused_agent_is_told_to_stop_too_and_stays_paused_afterwards() -> None:
    it = new_agent(status="active")
    write(lambda tx: agent.pause(tx, it, "Bob", None))
    stop_id = stop_all()

    assert [row.stop_id for row in delivered(it)] == [stop_id]
    resume(stop_id)
    go_on()
    with pytest.raises(Conflict, match="This agent is paused by Bob"):
        claim(it)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"status": "acknowledged"}, "acknowledged"),
        ({"status": "completed"}, "completed"),
        ({"status": "completed", "outcome": "failed"}, "failed"),
    ],
)
def test_an_agent_answers_by_its_command(changes: dict[str, str], outcome: str) -> None:
    it = new_agent(status="active")
    stop_id = stop_all()
    [sent] = delivered(it)
    write(lambda tx: command.report(tx, it, sent.id, changes))

    row = answers(stop_id)[it]
    assert row.acknowledged_at is not None
    assert row.outcome == outcome


@pytest.mark.parametrize("status", ["idle", "finished", "error"])
def test_an_agent_answers_by_what_it_says_of_itself(status: str) -> None:
    it = new_agent(status="active")
    stop_id = stop_all()
    report(it, progress=50)
    assert answers(stop_id)[it].acknowledged_at is None

    report(it, status=status)
    assert answers(stop_id)[it].outcome == status


def test_the_first_answer_says_when_and_a_later_one_says_more(clock: Clock) -> None:
    it = new_agent(status="active")
    stop_id = stop_all()
    [sent] = delivered(it)
    write(lambda tx: command.report(tx, it, sent.id, {"status": "acknowledged"}))
    first = answers(stop_id)[it].acknowledged_at
    clock.pass_by(60)
    write(lambda tx: command.report(tx, it, sent.id, {"status": "completed"}))
    report(it, status="idle")

    assert (answers(stop_id)[it].acknowledged_at, answers(stop_id)[it].outcome) == (first, "completed")
    assert fired("stop_acknowledged") == [stop_id, stop_id]


def test_a_deleted_agent_is_waited_for_no_longer_and_the_report_keeps_its_name() -> None:
    it = new_agent(name="Rosalind", status="active")
    stop_id = stop_all()
    write(lambda tx: agent_removal.remove(tx, it))

    row = answers(stop_id)[it]
    assert (row.agent_name, row.name, row.outcome) == ("Rosalind", None, "deleted")


def test_who_begins_to_work_after_the_stop_is_told_too() -> None:
    late = new_agent()
    stop_id = stop_all()
    assert answers(stop_id) == {}
    report(late, status="active")
    go_on()

    assert list(answers(stop_id)) == [late]


def sweep_three(tx: Transaction) -> int:
    row = hold.active(tx.connection)
    assert row is not None
    return stop.sweep(tx, row, 3)


def test_a_stop_interrupted_at_any_chunk_is_finished_by_the_job() -> None:
    holders = [new_task() for _ in range(10)]
    for number in range(10):
        claim(new_agent(name=f"Holder {number}"))
    stop_id = begin("stop")
    for told in (3, 6, 9):
        write(sweep_three)
        assert len(answers(stop_id)) == told
        with pytest.raises(Conflict, match="Not every agent has been told"):
            resume(stop_id)
    go_on()

    assert len(answers(stop_id)) == 10
    assert [endings(work) for work in holders] == [["stopped"]] * 10
    assert rows(select(TASKS).where(TASKS.c.lease_expires_at.is_not(None))) == []
    assert resume(stop_id).swept_at is not None


def test_one_stop_at_a_time() -> None:
    begin("pause")
    with pytest.raises(Conflict) as refused:
        begin("pause")
    assert refused.value.code == "FLEET_ALREADY_PAUSED"
    stop_all()
    for kind in ("pause", "stop"):
        with pytest.raises(Conflict) as refused:
            begin(kind)
        assert refused.value.code == "FLEET_ALREADY_STOPPED"


def test_a_stop_takes_a_pauses_place() -> None:
    it = new_agent(status="active")
    pause = begin("pause", "Look into it", stop.By("per_bob", "Bob"))
    stop_row = stop_all("Fire")

    with pytest.raises(Conflict, match="Ada has resumed the fleet already"):
        resume(pause)
    assert [row.stop_id for row in delivered(it)] == [stop_row]
    resume(stop_row)


def test_resuming_withdraws_the_stop_from_whoever_has_not_read_it() -> None:
    read_it, unread = new_agent(status="active"), new_agent(status="active")
    stop_id = stop_all()
    [sent] = delivered(read_it)
    write(lambda tx: command.report(tx, read_it, sent.id, {"status": "acknowledged"}))
    row = resume(stop_id, stop.By("per_bob", "Bob"))

    assert (row.resumed_by, row.resumed_by_id) == ("Bob", "per_bob")
    assert delivered(unread) == []  # not even before the job has come by
    go_on()
    outcomes = {r.agent_id: (r.status, r.outcome) for r in rows(select(COMMANDS))}
    assert outcomes == {read_it: ("acknowledged", None), unread: ("completed", "canceled")}
    assert answers(stop_id)[unread].acknowledged_at is None
    assert fired("fleet_resumed") == [stop_id]


def test_a_stops_command_cannot_be_withdrawn_by_hand() -> None:
    it = new_agent(status="active")
    stop_all()
    [sent] = delivered(it)

    with pytest.raises(Conflict, match="when the fleet is resumed"):
        write(lambda tx: command.cancel(tx, it, sent.id))


def test_what_a_stop_took_away_can_be_claimed_by_anybody_after_it() -> None:
    it, other, work = new_agent(), new_agent(name="Bob"), new_task()
    claim(it)
    stop_id = stop_all()
    resume(stop_id)
    go_on()

    row, fence = claim(other)
    assert (row.id, fence) == (work, 2)
    assert ADA.name == rows(select(COMMANDS))[0].sent_by
