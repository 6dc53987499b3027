"""How work for a host ends: by the host's own report, or because nobody can tell any more (contract I3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models import command
from fleet.models.agent.record import AGENTS
from fleet.models.command.record import COMMANDS
from fleet.models.execution.lookup import BOTH
from fleet.models.execution.record import EXECUTIONS
from fleet.models.hold import acknowledgements

# A daemon keeps a result for so long (contract I6); a host that was not heard of longer than that will not tell.
RESULTS_WAIT = timedelta(hours=24)
GONE = "The host has not been heard of since; nobody can tell what became of it."
FORGOTTEN = "The host does not know of it any more."
_TOLD = ("ended_at", "exit_code", "signal", "reason", "ms", "stdout_bytes", "stderr_bytes", "dropped", "masked", "left")
END = Prepared(
    update(EXECUTIONS)
    .where(EXECUTIONS.c.command_seq == bindparam("command"))
    .values(
        sealed=None,
        started_at=func.coalesce(bindparam("began", type_=EXECUTIONS.c.started_at.type), EXECUTIONS.c.started_at),
        **{name: bindparam(name) for name in _TOLD},
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A host's word on a command. Spans in milliseconds and seconds; `ago` is how long before now it ended."""

    state: str
    exit_code: int | None = None
    signal: str | None = None
    reason: str | None = None
    ms: int | None = None
    ago: float = 0.0
    stdout: int = 0
    stderr: int = 0
    dropped: int = 0
    masked: int = 0
    left: list[dict[str, Any]] = field(default_factory=list)


def end(tx: Transaction, row: Stored, said: End) -> None:
    """Write how a command ended, once; a second word on it changes nothing."""
    if row.status == "completed":
        return
    ended = tx.now - timedelta(seconds=said.ago)
    values = {
        "command": row.seq,
        "ended_at": ended,
        "began": None if said.ms is None else ended - timedelta(milliseconds=said.ms),
        "exit_code": said.exit_code,
        "signal": said.signal,
        "reason": said.reason,
        "ms": said.ms,
        "stdout_bytes": said.stdout,
        "stderr_bytes": said.stderr,
        "dropped": said.dropped,
        "masked": said.masked,
        "left": said.left,
    }
    END.run(tx.connection, values)
    end_command(tx, row, said.state)


def end_unreported(tx: Transaction, row: Stored, state: str, reason: str | None = None) -> None:
    """End a command of which the host says nothing: it never had it, or cannot tell."""
    values = {
        "ended_at": tx.now,
        "sealed": None,
        "reason": reason,
        "stdout_bytes": row.stdout_next,
        "stderr_bytes": row.stderr_next,
    }
    tx.execute(update(EXECUTIONS).where(EXECUTIONS.c.command_seq == row.seq).values(**values))
    end_command(tx, row, state)


def end_command(tx: Transaction, row: Stored, state: str) -> None:
    """Complete the command, and answer a stop that waits for this host if that was the last that it ran."""
    command.change(tx, row, {"status": "completed", "state": state, "outcome": state, "responded_at": tx.now})
    running = (
        EXECUTIONS.c.agent_id == row.agent_id,
        EXECUTIONS.c.ended_at.is_(None),
        EXECUTIONS.c.cancel_at.is_not(None),
    )
    if (
        row.cancel_at is not None
        and tx.execute(select(EXECUTIONS.c.command_seq).where(*running).limit(1)).first() is None
    ):
        acknowledgements.answer(tx, row.agent_id, "completed")


def expire(tx: Transaction, limit: int = 200) -> int:
    """End what nobody has handed to its host in time, at most `limit`; returns how many."""
    c = COMMANDS.c
    late = (c.status == "sent", c.type == command.SHELL, c.expires_at <= tx.now, EXECUTIONS.c.handed_at.is_(None))
    rows = tx.execute(BOTH.where(*late).limit(limit)).all()
    for row in rows:
        end_unreported(tx, row, "expired")
    return len(rows)


def give_up(tx: Transaction, limit: int = 200) -> int:
    """End as unknown what a host has had for longer than it may run, and a day more, and has not been heard of since."""
    since = tx.now - RESULTS_WAIT
    open_ones = (EXECUTIONS.c.ended_at.is_(None), EXECUTIONS.c.handed_at < since, COMMANDS.c.expires_at < since)
    silent = or_(AGENTS.c.connection != "online", AGENTS.c.last_seen_at < since)
    asked = BOTH.join(AGENTS, AGENTS.c.id == COMMANDS.c.agent_id).where(*open_ones, silent)
    rows = [row for row in tx.execute(asked).all() if overdue(row, since)][:limit]
    for row in rows:
        end_unreported(tx, row, "unknown", GONE)
    return len(rows)


def overdue(row: Stored, since: Any) -> bool:
    """True when the command must have ended before `since`, however late it began."""
    began = row.started_at or row.expires_at
    return bool(began + timedelta(seconds=row.timeout) < since)
