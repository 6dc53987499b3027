"""What follows from a resumption: stop commands that nobody has read are withdrawn, frames are fired.

In chunks, by a job: a process that dies in between leaves nothing half done.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, select

from fleet.db import Transaction
from fleet.models import command, frames
from fleet.models.agent.record import AGENTS
from fleet.models.command import COMMANDS
from fleet.models.stop import holding
from fleet.models.stop.record import STOPS, WITHHELD
from fleet.models.task.record import TASKS

CHUNK = 50
# Stops that are over and have nothing left to withdraw, so that the job looks at each once and not every second.
_withdrawn: set[str] = set()


def withdraw(tx: Transaction, limit: int = CHUNK) -> int:
    """End stop commands of stops that are over and that nobody has read; returns how many."""
    late = tx.now - command.WORDS_WAIT  # what is older has expired by itself
    over = select(STOPS.c.id).where(STOPS.c.resumed_at > late, STOPS.c.kind == "stop")
    recent = tx.execute(over).scalars().all()
    _withdrawn.intersection_update(recent)
    for stop_id in recent:
        if stop_id in _withdrawn:
            continue
        mine = COMMANDS.c.stop_id == stop_id, COMMANDS.c.status == "sent"
        unread = tx.execute(select(COMMANDS).where(*mine).order_by(COMMANDS.c.seq).limit(limit)).all()
        for row in unread:
            command.end(tx, row, "canceled")
        if unread:
            return len(unread)
        _withdrawn.add(stop_id)
    return 0


def release(tx: Transaction, limit: int = CHUNK) -> int:
    """Fire the frames of agents that nothing holds any more, oldest first (contract I4); returns how many."""
    if holding.active(tx.connection) is not None:
        return 0
    waiting = tx.execute(
        select(WITHHELD)
        .join(AGENTS, AGENTS.c.id == WITHHELD.c.agent_id)
        .where(AGENTS.c.paused_at.is_(None))
        .order_by(WITHHELD.c.seq)
        .limit(limit)
    ).all()
    for row in waiting:
        fire(tx, row)
    done = [row.seq for row in waiting]
    if done:
        tx.execute(delete(WITHHELD).where(WITHHELD.c.seq.in_(done)))
    return len(waiting)


def fire(tx: Transaction, row: Row[Any]) -> None:
    """Fire one frame, unless it is out of date: the command read or withdrawn, the task given to another."""
    if row.noun == "command":
        still = COMMANDS.c.id == row.noun_id, COMMANDS.c.status == "sent"
        found = tx.execute(select(COMMANDS).where(*still)).one_or_none()
        if found is not None:
            frames.command_received(tx, found)
        return
    still = TASKS.c.id == row.noun_id, TASKS.c.status == "assigned"
    mine = TASKS.c.assigned_agent_id == row.agent_id
    task = tx.execute(select(TASKS).where(*still, mine)).one_or_none()
    if task is not None:
        frames.task_assigned(tx, task)
