"""Every command ends, and none as something that nobody can know (contract I3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fleet.db import write
from fleet.errors import Conflict, TooManyRequests
from fleet.models import agent, agent_removal, command, execution, stop
from fleet.models.execution import EXECUTIONS, OUTPUTS, End, ending
from fleet.models.stop import By
from fleet.models.stop.record import ACKNOWLEDGEMENTS
from tests.models.execution.conftest import queue, row_of
from tests.support.application import Clock

pytestmark = pytest.mark.usefixtures("app")


def begin(host: str, sent: Any) -> None:
    write(lambda tx: execution.accept(tx, {(host, sent.id)}))
    write(lambda tx: execution.start(tx, {(host, sent.id)}))


def test_what_is_never_handed_over_expires_in_its_time(host: str, clock: Clock) -> None:
    sent = queue(host, expires_in=60)
    clock.pass_by(59)
    assert write(execution.expire) == 0
    clock.pass_by(2)

    assert write(execution.expire) == 1
    ended = row_of(host, sent)
    assert (ended.outcome, ended.sealed) == ("expired", None)


def test_what_its_host_may_have_begun_does_not_expire_behind_its_back(host: str, clock: Clock) -> None:
    sent = queue(host, linked=True, expires_in=60)
    clock.pass_by(3600)

    assert write(execution.expire) == 0
    assert write(command.expire) == 0
    assert row_of(host, sent).state == "queued"


def test_a_host_that_is_gone_for_a_day_beyond_the_time_limit_leaves_an_unknown_end(host: str, clock: Clock) -> None:
    sent = queue(host, linked=True, expires_in=60)
    begin(host, sent)
    clock.pass_by(86_400)
    assert write(execution.give_up) == 0
    clock.pass_by(200)

    assert write(execution.give_up) == 1
    ended = row_of(host, sent)
    assert (ended.outcome, ended.reason) == ("unknown", ending.GONE)


def test_a_second_word_on_an_end_changes_nothing(host: str) -> None:
    sent = queue(host, linked=True)
    begin(host, sent)
    for state in ("succeeded", "failed"):
        write(lambda tx, state=state: execution.end(tx, row_of_tx(tx, host, sent), End(state=state, exit_code=0)))

    assert row_of(host, sent).outcome == "succeeded"


def row_of_tx(tx: Any, host: str, sent: Any) -> Any:
    return execution.find(tx.connection, host, sent.id)


def test_started_twice_is_started_once_and_never_goes_back(host: str, clock: Clock) -> None:
    sent = queue(host, linked=True)
    begin(host, sent)
    first = row_of(host, sent).started_at
    clock.pass_by(5)
    begin(host, sent)

    assert (row_of(host, sent).started_at, row_of(host, sent).state) == (first, "running")


def test_a_host_may_have_a_thousand_that_wait(host: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fleet.protocol.WAITING_MOST", 3)
        for _ in range(3):
            queue(host)
        with pytest.raises(TooManyRequests) as error:
            queue(host)

    assert error.value.code == "TOO_MANY_COMMANDS"


def test_words_go_to_coding_agents_and_commands_to_hosts(host: str) -> None:
    coder = write(lambda tx: agent.create(tx, {"name": "Reviewer", "worktree": "/srv"}))

    with pytest.raises(Conflict, match="reads no words"):
        write(lambda tx: command.send(tx, host, "instruction", "Stop"))
    with pytest.raises(Conflict, match="coding agent"):
        queue(coder.id)


def test_a_stop_ends_what_runs_and_the_hosts_results_are_its_answer(host: str) -> None:
    running, waiting = queue(host, linked=True), queue(host)
    begin(host, running)
    by = By("usr_1", "Mira")
    stopped = write(lambda tx: stop.begin(tx, "stop", "fire", by))
    while write(stop.go_on):
        pass

    assert row_of(host, running).cancel_at is not None
    assert row_of(host, waiting).state == "queued"  # it was never handed over: it waits for the resumption
    [line] = acknowledged(stopped)
    assert line.acknowledged_at is None
    write(lambda tx: execution.end(tx, row_of_tx(tx, host, running), End(state="canceled", signal="SIGTERM")))

    [line] = acknowledged(stopped)
    assert (line.agent_id, line.outcome) == (host, "completed")


def acknowledged(stopped: Any) -> list[Any]:
    mine = select(ACKNOWLEDGEMENTS).where(ACKNOWLEDGEMENTS.c.stop_id == stopped.id)
    return list(write(lambda tx: tx.execute(mine).all()))


def test_what_was_promised_to_a_link_and_never_sent_waits_as_before(host: str, clock: Clock) -> None:
    sent = queue(host, linked=True, expires_in=60)
    write(lambda tx: execution.take_back(tx, [row_of_tx(tx, host, sent)]))
    clock.pass_by(61)

    assert write(execution.expire) == 1


def test_a_held_host_is_handed_nothing(host: str) -> None:
    write(lambda tx: agent.pause(tx, host, "Mira", None))
    sent = queue(host, linked=True)

    assert row_of(host, sent).handed_at is None
    assert write(lambda tx: execution.hand_over(tx, [row_of_tx(tx, host, sent)])) == set()


def test_an_old_command_goes_with_its_execution_and_output(host: str) -> None:
    sent = queue(host, linked=True)
    begin(host, sent)
    piece, limits = execution.Piece(0, b"abc"), execution.Limits()
    write(lambda tx: execution.append(tx, sent.seq, "stdout", piece, 0, limits))
    write(lambda tx: agent_removal.remove(tx, host))

    assert write(lambda tx: [len(tx.execute(table.select()).all()) for table in (EXECUTIONS, OUTPUTS)]) == [0, 0]


@pytest.mark.parametrize("ago", [0, timedelta(minutes=5).total_seconds()])
def test_an_end_that_comes_late_says_when_it_was(host: str, clock: Clock, ago: float) -> None:
    sent = queue(host, linked=True)
    begin(host, sent)
    clock.pass_by(600)
    end = End(state="failed", exit_code=1, ms=2000, ago=ago)
    write(lambda tx: execution.end(tx, row_of_tx(tx, host, sent), end))

    ended = row_of(host, sent)
    assert ended.ended_at == clock.moment - timedelta(seconds=ago)
    assert ended.started_at == ended.ended_at - timedelta(seconds=2)
