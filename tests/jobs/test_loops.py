"""What no request drives is done a little at a time: nobody is served while a write is under way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from fleet.db import Transaction, write
from fleet.jobs.loops import loops
from fleet.models import command, task
from fleet.models.agent.record import AGENTS
from tests.support.agents import new_agent
from tests.support.application import NOON, Clock, application

MANY = 120
# Each with a frame and a line of activity, which take some 0.4 ms.
MOST = 50


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application, with MANY agents that were heard at noon, each with a task and with words for it."""
    assert clock.moment == NOON
    with application(tmp_path) as made:
        agents = [new_agent(name=f"Worker {number}") for number in range(MANY)]
        write(lambda tx: [occupy(tx, agent_id) for agent_id in agents])
        yield made


def occupy(tx: Transaction, agent_id: str) -> None:
    tx.execute(update(AGENTS).where(AGENTS.c.id == agent_id).values(connection="online", last_seen_at=tx.now))
    made = task.create(tx, {"title": "Tidy up", "description": "All of it"})
    task.claim(tx, made.id, agent_id, 60)
    command.send(tx, agent_id, "instruction", "Go on", expires_in=60)


@pytest.mark.parametrize("name", ["presence", "leases", "commands"])
def test_what_happens_to_many_at_once_is_told_in_several_writes(app: Flask, clock: Clock, name: str) -> None:
    """200 agents that fell silent together held up every request for 80 ms."""
    clock.pass_by(timedelta(days=1).total_seconds())
    [loop] = [loop for loop in loops(app.config["FLEET"], lambda: NOON) if loop.name == name]

    turns = [write(loop.verb)]
    while turns[-1] >= loop.full:
        turns.append(write(loop.verb))

    assert sum(turns) == MANY
    assert max(turns) <= MOST
