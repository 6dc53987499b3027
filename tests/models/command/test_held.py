"""What keeps a command from a held agent: what the database lets through is what no row calls held."""

from __future__ import annotations

import pytest

from fleet.db import write
from fleet.models import agent, command, hold
from fleet.models.command.held import is_held
from tests.support import stops
from tests.support.agents import new_agent
from tests.support.application import connected


def told_in_every_way(ada: str) -> None:
    """Words before anything, words of a stop that is over, words of a stop that may be in force."""
    for stop_id in (None, "stop_over", "stop_now"):
        write(lambda tx, stop_id=stop_id: command.send(tx, ada, "instruction", "Go", part_of=command.Act(stop_id)))


@pytest.mark.parametrize("kind", ["nothing", "pause of its own", "pause", "stop"])
def test_an_unread_command_is_either_deliverable_or_held_unless_its_stop_is_over(kind: str) -> None:
    ada = new_agent(status="active")
    told_in_every_way(ada)
    if kind == "pause of its own":
        write(lambda tx: agent.pause(tx, ada, "Ada", None))
    elif kind != "nothing":
        stops.begin(kind)
        stops.go_on()

    with connected() as connection:
        agents_hold = hold.of(connection, ada)
        everything = command.of_agent(connection, ada, 100, status="sent")
        through = {row.id for row in command.deliverable(connection, ada, 100)}

    assert (agents_hold is None) == (kind == "nothing")
    assert len(everything) == (4 if kind == "stop" else 3), "a stop sends its own"
    for row in everything:
        over = agents_hold is None and row.stop_id is not None
        assert (row.id in through) + is_held(row, agents_hold) + over == 1, row.stop_id


def test_json_says_that_a_command_is_held_and_once_it_is_read_no_more() -> None:
    ada = new_agent()
    sent = write(lambda tx: command.send(tx, ada, "instruction", "Go"))
    write(lambda tx: agent.pause(tx, ada, "Ada", None))
    with connected() as connection:
        assert command.as_json(connection, sent)["held"]

    read = write(lambda tx: command.report(tx, ada, sent.id, {"status": "acknowledged"}))

    with connected() as connection:
        assert not command.as_json(connection, read)["held"]


def test_no_commands_are_no_json() -> None:
    with connected() as connection:
        assert command.list_as_json(connection, []) == []
