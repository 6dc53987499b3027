"""Frames that would set an agent to work are not fired while it is held; `release` fires them later.

Document 1's agents may follow the stream instead of asking for their commands;
a frame with a command's text would reach them through any pause.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, insert, select

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models.agent.record import AGENTS
from fleet.models.command.record import COMMANDS
from fleet.models.hold import hold
from fleet.models.hold.record import WITHHELD
from fleet.models.journal import frames
from fleet.models.task.record import TASKS

CHUNK = 50


def announce_command(tx: Transaction, row: Stored) -> None:
    """Announce a new command; as a held one while its agent is held."""
    if hold.withholds(tx.connection, row.agent_id):
        keep(tx, row.agent_id, "command", row.id)
        frames.command_held(tx, row)
    else:
        frames.command_received(tx, row)


def announce_assignment(tx: Transaction, task: Stored, *, created: bool = False) -> None:
    """Announce that a task was given to an agent; as a mere change of the task while the agent is held."""
    if hold.withholds(tx.connection, task.assigned_agent_id):
        keep(tx, task.assigned_agent_id, "task", task.id)
        frames.task_held(tx, task, created=created)
    else:
        frames.task_assigned(tx, task, created=created)


def keep(tx: Transaction, agent_id: str, noun: str, noun_id: str) -> None:
    """Remember a frame that is to be fired."""
    tx.execute(insert(WITHHELD), {"agent_id": agent_id, "noun": noun, "noun_id": noun_id})


def release(tx: Transaction, limit: int = CHUNK) -> int:
    """Fire the frames of agents that nothing holds any more, oldest first (contract I4); returns how many.

    In chunks, by a job: a process that dies in between leaves nothing half done.
    """
    if hold.active(tx.connection) is not None:
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
        command = tx.execute(select(COMMANDS).where(*still)).one_or_none()
        if command is not None:
            frames.command_received(tx, command)
        return
    still = TASKS.c.id == row.noun_id, TASKS.c.status == "assigned"
    mine = TASKS.c.assigned_agent_id == row.agent_id
    task = tx.execute(select(TASKS).where(*still, mine)).one_or_none()
    if task is not None:
        frames.task_assigned(tx, task)
