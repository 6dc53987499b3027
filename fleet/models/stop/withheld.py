"""Frames that would set an agent to work are not fired while it is held; `releasing` fires them later.

Document 1's agents may follow the stream instead of asking for their commands;
a frame with a command's text would reach them through any pause.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models import frames
from fleet.models.stop import holding
from fleet.models.stop.record import WITHHELD


def command(tx: Transaction, row: Row[Any]) -> None:
    """Announce a new command; as a held one while its agent is held."""
    if holding.withholds(tx.connection, row.agent_id):
        keep(tx, row.agent_id, "command", row.id)
        frames.command_held(tx, row)
    else:
        frames.command_received(tx, row)


def assignment(tx: Transaction, task: Stored, *, created: bool = False) -> None:
    """Announce that a task was given to an agent; as a mere change of the task while the agent is held."""
    if holding.withholds(tx.connection, task.assigned_agent_id):
        keep(tx, task.assigned_agent_id, "task", task.id)
        frames.task_held(tx, task, created=created)
    else:
        frames.task_assigned(tx, task, created=created)


def keep(tx: Transaction, agent_id: str, noun: str, noun_id: str) -> None:
    """Remember a frame that is to be fired."""
    tx.execute(insert(WITHHELD), {"agent_id": agent_id, "noun": noun, "noun_id": noun_id})
