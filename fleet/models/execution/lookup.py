"""Looking up work for hosts: one command with its execution, those that have not ended, the last hundred."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models import command
from fleet.models.command.record import COMMANDS
from fleet.models.execution.record import EXECUTIONS

HISTORY = 100
# A command and its execution as one row; what both tables have is the command's.
COLUMNS = [*COMMANDS.c, *(column for column in EXECUTIONS.c if column.name not in ("command_seq", "agent_id"))]
BOTH = select(*COLUMNS).join(EXECUTIONS, EXECUTIONS.c.command_seq == COMMANDS.c.seq)
BY_ID = Prepared(BOTH.where(COMMANDS.c.id == bindparam("command_id")))


def find(connection: Connection, agent_id: str, command_id: str) -> Stored:
    """A host's command. Raises NotFound with the code of whichever is missing."""
    row = BY_ID.first(connection, {"command_id": command_id})
    if row is None or row.agent_id != agent_id:
        command.find(connection, agent_id, command_id)
        raise command.unknown()
    return row


def history(
    connection: Connection, agent_id: str, limit: int = HISTORY, before: int | None = None
) -> Sequence[Row[Any]]:
    """A host's last commands, newest first; only those queued before the one numbered `before`."""
    mine = BOTH.where(COMMANDS.c.agent_id == agent_id)
    if before is not None:
        mine = mine.where(COMMANDS.c.seq < before)
    return connection.execute(mine.order_by(COMMANDS.c.seq.desc()).limit(limit)).all()


def unfinished(connection: Connection, agent_id: str) -> Sequence[Row[Any]]:
    """What a host has not ended yet, in the order in which it was queued (contract I4)."""
    mine = (EXECUTIONS.c.agent_id == agent_id, EXECUTIONS.c.ended_at.is_(None))
    return connection.execute(BOTH.where(*mine).order_by(COMMANDS.c.seq)).all()


def of_ids(connection: Connection, ids: Collection[str]) -> Sequence[Stored]:
    """Those of `ids` that are work for a host, in the order in which they were queued."""
    if len(ids) == 1:  # one command of one host, as a rule: much the quicker way
        [command_id] = ids
        return BY_ID.all(connection, {"command_id": command_id})
    return connection.execute(BOTH.where(COMMANDS.c.id.in_(ids)).order_by(COMMANDS.c.seq)).all()


def reported(tx: Transaction, reports: Collection[tuple[str, str]]) -> list[Stored]:
    """Of pairs of a host's id and a command's: the rows of those that are that host's, whether ended or not."""
    rows = of_ids(tx.connection, {command_id for _, command_id in reports})
    return [row for row in rows if (row.agent_id, row.id) in reports]
