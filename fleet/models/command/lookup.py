"""Looking up commands: one, an agent's, those that it is to be given now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from fleet.db import long_reads
from fleet.db.prepared import Prepared
from fleet.db.record import Record
from fleet.errors import NotFound
from fleet.models import hold
from fleet.models.agent.record import find as find_agent
from fleet.models.command.held import let_through
from fleet.models.command.record import COMMANDS

BY_ID = Prepared(select(COMMANDS).where(COMMANDS.c.id == bindparam("command_id")))


def find(connection: Connection, agent_id: str, command_id: str) -> Record:
    """The command of that agent. Raises NotFound with the code of whichever is missing."""
    row = BY_ID.first(connection, {"command_id": command_id})
    if row is None or row.agent_id != agent_id:
        find_agent(connection, agent_id)
        raise unknown()
    return row


def unknown() -> NotFound:
    """The error for a command that is not there."""
    return NotFound("COMMAND_NOT_FOUND", "Command not found")


def of_agent(
    connection: Connection, agent_id: str, limit: int, offset: int = 0, **wanted: str | None
) -> Sequence[Row[Any]]:
    """An agent's commands, oldest first (I4); `wanted` may name a `status` and a `type`."""
    conditions = [COMMANDS.c[name] == value for name, value in wanted.items() if value is not None]
    mine = select(COMMANDS).where(COMMANDS.c.agent_id == agent_id, *conditions).order_by(COMMANDS.c.seq)
    return long_reads.read(connection, mine.limit(limit).offset(offset))


def deliverable(
    connection: Connection, agent_id: str, limit: int, offset: int = 0, kind: str | None = None
) -> Sequence[Row[Any]]:
    """What the agent is to be given now, oldest first: while it is held, nothing but the stop's own command."""
    due = select(COMMANDS).where(COMMANDS.c.agent_id == agent_id, COMMANDS.c.status == "sent")
    due = due.where(let_through(hold.of(connection, agent_id)))
    if kind is not None:
        due = due.where(COMMANDS.c.type == kind)
    return connection.execute(due.order_by(COMMANDS.c.seq).limit(limit).offset(offset)).all()


def newest_answer(connection: Connection, agent_id: str, answered_at: datetime | None) -> Row[Any] | None:
    """The last answer that the agent was given: to a question, or to its waiting, at `answered_at`, without one."""
    c = COMMANDS.c
    mine = (c.agent_id == agent_id, c.type == "feedback", or_(c.answers.is_not(None), c.sent_at == answered_at))
    return connection.execute(select(COMMANDS).where(*mine).order_by(c.seq.desc()).limit(1)).one_or_none()


def newest(connection: Connection, agent_id: str, limit: int) -> Sequence[Row[Any]]:
    """The last commands of an agent, oldest first: the end of the conversation."""
    rows = connection.execute(
        select(COMMANDS).where(COMMANDS.c.agent_id == agent_id).order_by(COMMANDS.c.seq.desc()).limit(limit)
    ).all()
    return rows[::-1]
