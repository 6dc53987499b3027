"""Canceling work for a host: at once while the host does not have it, else by asking the host."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models.command.record import COMMANDS
from fleet.models.execution.ending import end_unreported
from fleet.models.execution.lookup import BOTH, find
from fleet.models.execution.record import EXECUTIONS
from fleet.models.journal import frames


def cancel(tx: Transaction, agent_id: str, command_id: str, by: str | None) -> Stored:
    """Cancel a host's command; returns its row as it is then: ended, or with `cancel_at` while the host ends it.

    Raises NotFound, and Conflict once it has ended. Canceling twice is no error.
    """
    before = find(tx.connection, agent_id, command_id)
    if before.status == "completed":
        raise Conflict("COMMAND_ALREADY_COMPLETED", f"The command has ended: {before.outcome}.")
    ask(tx, before, by)
    return find(tx.connection, agent_id, command_id)


def ask(tx: Transaction, row: Stored, by: str | None) -> None:
    """End a command that the host never had; ask the host to end any other."""
    if row.handed_at is None:
        end_unreported(tx, row, "canceled", f"canceled by {by}" if by else None)
    elif row.cancel_at is None:
        values = {"cancel_at": tx.now, "canceled_by": by}
        tx.execute(update(EXECUTIONS).where(EXECUTIONS.c.command_seq == row.seq).values(**values))
        frames.command_updated(tx, tx.execute(select(COMMANDS).where(COMMANDS.c.seq == row.seq)).one())


def running(tx: Transaction, agent_id: str) -> list[Row[Any]]:
    """What the host has, or may have, and has not ended."""
    mine = (EXECUTIONS.c.agent_id == agent_id, EXECUTIONS.c.ended_at.is_(None), EXECUTIONS.c.handed_at.is_not(None))
    return list(tx.execute(BOTH.where(*mine).order_by(COMMANDS.c.seq)).all())
