"""Commands: queued in order, only ever forward, ended in words that do not look like success (I3, I4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row

from fleet.db import Transaction, write
from fleet.errors import Conflict, Invalid, NotFound
from fleet.models import command
from fleet.models.command import OUTCOMES, STATUSES
from tests.support.agents import new_agent
from tests.support.application import NOON, Clock, connected, head, kinds

WEEK = 7 * 86400


def send(agent_id: str, content: str = "Go", **more: Any) -> str:
    return str(write(lambda tx: command.send(tx, agent_id, "instruction", content, **more)).id)


def report(agent_id: str, command_id: str, **changes: Any) -> Row[Any]:
    return write(lambda tx: command.report(tx, agent_id, command_id, changes))


def get(agent_id: str, command_id: str) -> Row[Any]:
    with connected() as connection:
        return command.find(connection, agent_id, command_id)


def expire(limit: int = 200) -> int:
    return write(lambda tx: command.expire(tx, limit))


def contents(agent_id: str, status: str | None = None) -> list[str]:
    with connected() as connection:
        return [row.content for row in command.of_agent(connection, agent_id, 100, status=status)]


def test_commands_are_read_in_the_order_in_which_they_were_sent_within_one_moment_too() -> None:
    ada = new_agent()
    sent = [str(number) for number in range(20)]
    for content in sent:
        send(ada, content)

    assert contents(ada) == sent


def test_an_agent_reads_its_own_commands_only() -> None:
    ada, grace = new_agent(), new_agent(name="Grace")
    mine = send(ada)

    assert contents(grace) == []
    with pytest.raises(NotFound, match="Command"):
        get(grace, mine)
    with pytest.raises(NotFound, match="Command"):
        report(grace, mine, status="completed")


def test_who_is_missing_is_named_agent_or_command() -> None:
    with pytest.raises(NotFound, match="Agent"):
        send("agt_none")
    with pytest.raises(NotFound, match="Agent"):
        report("agt_none", "cmd_none", status="completed")
    with pytest.raises(NotFound, match="Command"):
        report(new_agent(), "cmd_none", status="completed")


def test_a_command_is_queued_then_running_then_ended(clock: Clock) -> None:
    ada = new_agent()
    sent = send(ada)
    assert (get(ada, sent).status, get(ada, sent).state) == ("sent", "queued")

    read = clock.pass_by(5)
    row = report(ada, sent, status="acknowledged")
    assert (row.status, row.state, row.acknowledged_at) == ("acknowledged", "running", read)

    done = clock.pass_by(5)
    row = report(ada, sent, status="completed", response="Done")
    assert (row.status, row.state, row.outcome) == ("completed", "succeeded", "succeeded")
    assert (row.acknowledged_at, row.responded_at, row.response) == (read, done, "Done")


def test_a_failure_is_told_apart_from_success() -> None:
    ada = new_agent()

    row = report(ada, send(ada), status="completed", outcome="failed", response="No")

    assert (row.state, row.outcome) == ("failed", "failed")


def test_an_outcome_before_the_end_is_refused() -> None:
    ada = new_agent()
    sent = send(ada)

    with pytest.raises(Invalid):
        report(ada, sent, status="acknowledged", outcome="failed")
    assert (get(ada, sent).status, get(ada, sent).outcome) == ("sent", None)


def test_an_answer_without_a_status_acknowledges() -> None:
    ada = new_agent()

    assert report(ada, send(ada), response="I am on it").status == "acknowledged"


def test_a_repeated_report_changes_and_announces_nothing() -> None:
    ada = new_agent()
    sent = send(ada)
    first = report(ada, sent, status="completed", response="Done")
    before = head()

    assert report(ada, sent, status="completed", response="Done") == first
    assert head() == before


@pytest.mark.parametrize(("reached", "back"), [("acknowledged", "sent"), ("completed", "acknowledged")])
def test_a_command_never_goes_back(reached: str, back: str) -> None:
    ada = new_agent()
    sent = send(ada)
    report(ada, sent, status=reached)

    with pytest.raises(Conflict):
        report(ada, sent, status=back)


def test_the_answer_of_an_ended_command_stays_as_it_is() -> None:
    ada = new_agent()
    sent = send(ada)
    report(ada, sent, status="completed", response="Done")

    with pytest.raises(Conflict):
        report(ada, sent, response="Not quite")
    assert get(ada, sent).response == "Done"


def test_words_wait_a_week_and_then_expire_which_does_not_look_like_success(clock: Clock) -> None:
    ada = new_agent()
    sent = send(ada)
    clock.pass_by(WEEK - 1)
    assert expire() == 0

    clock.pass_by(1)

    assert expire() == 1
    row = get(ada, sent)
    assert (row.status, row.state, row.outcome, row.response) == ("completed", "expired", "expired", None)
    assert expire() == 0


def test_words_may_be_given_another_time_to_wait(clock: Clock) -> None:
    ada = new_agent()
    send(ada, "short", expires_in=10)
    send(ada, "long", expires_in=1000)
    clock.pass_by(10)
    expire()

    assert contents(ada, status="sent") == ["long"]


def test_what_the_agent_has_read_does_not_expire(clock: Clock) -> None:
    ada = new_agent()
    report(ada, send(ada), status="acknowledged")
    clock.pass_by(10 * WEEK)

    assert expire() == 0


def test_many_commands_expire_in_small_sweeps(clock: Clock) -> None:
    ada = new_agent()
    for _ in range(5):
        send(ada, expires_in=1)
    clock.pass_by(1)

    assert [expire(2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_command_can_be_withdrawn_until_it_is_read() -> None:
    ada = new_agent()
    unread, read = send(ada), send(ada)
    report(ada, read, status="acknowledged")

    row = write(lambda tx: command.cancel(tx, ada, unread))

    assert (row.status, row.outcome) == ("completed", "canceled")
    with pytest.raises(Conflict, match="has read it"):
        write(lambda tx: command.cancel(tx, ada, read))


def test_every_step_of_a_command_is_a_change() -> None:
    ada = new_agent()
    before = head()
    sent = send(ada)
    report(ada, sent, status="acknowledged")
    report(ada, sent, status="completed")

    assert kinds(before) == ["command_received", "command_updated", "command_updated"]


STEPS = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(STATUSES),
            "response": st.sampled_from([None, "a", "b"]),
            "outcome": st.sampled_from(["succeeded", "failed"]),
        },
    ),
    st.sampled_from(["cancel", "expire"]),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=8))
def test_whatever_is_reported_a_command_goes_forward_and_ends_at_most_once(steps: list[Any]) -> None:
    ada = new_agent()
    sent = send(ada, expires_in=1)
    places: list[tuple[str, str | None]] = [("sent", None)]
    late = NOON + timedelta(seconds=2)
    for step in steps:
        try:
            if step == "expire":
                write(lambda tx: command.expire(Transaction(tx.connection, late)))
            elif step == "cancel":
                write(lambda tx: command.cancel(tx, ada, sent))
            else:
                report(ada, sent, **step)
        except (Conflict, Invalid):
            pass
        row = get(ada, sent)
        places.append((row.status, row.outcome))
        assert (row.outcome in OUTCOMES) == (row.status == "completed")
        assert row.state == {"sent": "queued", "acknowledged": "running"}.get(row.status, row.outcome)
    order = [STATUSES.index(status) for status, _ in places]
    assert order == sorted(order)
    assert len({outcome for _, outcome in places if outcome}) <= 1
