"""What becomes of a command: read, answered, withdrawn, expired."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.errors import Conflict, Invalid
from fleet.models.command.lookup import find
from fleet.models.command.record import COMMANDS, SHELL, STATUSES
from fleet.models.hold import acknowledgements
from fleet.models.journal import frames


def report(tx: Transaction, agent_id: str, command_id: str, changes: dict[str, Any]) -> Record:
    """What the agent says of a command: that it was read, what came of it.

    `responded_at` moves with each report, as recorded. A command goes forward
    only: Conflict when it would go back or has ended otherwise; repeating what
    is there changes nothing. Raises NotFound, and Invalid for an outcome before the end.
    """
    before = find(tx.connection, agent_id, command_id)
    if before.type == SHELL:
        raise Conflict("COMMAND_OF_A_HOST", "What becomes of a shell command its host's daemon reports over its link.")
    status = changes.get("status", before.status)
    if STATUSES.index(status) < STATUSES.index(before.status):
        raise Conflict("COMMAND_ALREADY_" + before.status.upper(), f"The command is {before.status}.")
    new = {k: v for k, v in changes.items() if getattr(before, k) != v}
    if not new:
        return before
    if "outcome" in new and status != "completed":
        raise Invalid("INVALID_OUTCOME", "An outcome goes with the status completed.", field="outcome")
    if before.status == "completed":
        raise Conflict("COMMAND_ALREADY_COMPLETED", "The command has ended; its answer stays as it is.")
    values: dict[str, Any] = {"responded_at": tx.now, "status": status}
    values["acknowledged_at"] = before.acknowledged_at or tx.now
    if status == "sent":
        values["status"] = status = "acknowledged"
    if status == "acknowledged":
        values["state"] = "running"
    else:
        values["outcome"] = changes.get("outcome", "succeeded")
        values["state"] = values["outcome"]
    row = change(tx, before, new | values)
    acknowledgements.by_command(tx, row)
    return row


def deliver(tx: Transaction, agent_id: str, command_ids: list[str]) -> list[str]:
    """Note that the agent fetches these; returns the ids of those that it is to have: not what was withdrawn meanwhile.

    Nothing is announced: nobody looks otherwise at a command that waits to be acknowledged.
    """
    c = COMMANDS.c
    mine = (c.agent_id == agent_id, c.id.in_(command_ids), c.status == "sent")
    return list(tx.execute(update(COMMANDS).where(*mine).values(state="delivered").returning(c.id)).scalars())


def cancel(tx: Transaction, agent_id: str, command_id: str) -> Record:
    """Withdraw a command that the agent has neither fetched nor acknowledged. Raises Conflict once it has."""
    before = find(tx.connection, agent_id, command_id)
    if before.stop_id is not None:
        raise Conflict(
            "COMMAND_OF_A_STOP", "A stop's command ends when the fleet is resumed, or the one agent that it holds."
        )
    if before.status != "sent" or before.state != "queued":
        raise Conflict("COMMAND_ALREADY_READ", "The agent has read it already; it cannot be withdrawn.")
    return end(tx, before, "canceled")


def expire(tx: Transaction, limit: int = 200) -> int:
    """End words that nobody fetched in time, at most `limit` of them; returns how many.

    Of work for a host only `fleet.models.execution` can tell whether it has begun.
    """
    c = COMMANDS.c
    unread = (c.status == "sent", c.expires_at <= tx.now, c.type != SHELL)
    late = tx.execute(select(COMMANDS).where(*unread).limit(limit)).all()
    for row in late:
        end(tx, row, "expired")
    return len(late)


def set_right(tx: Transaction) -> int:
    """Let no command have been sent after now, nor wait longer for it: the clock was set back between two starts."""
    ahead = tx.execute(select(COMMANDS).where(COMMANDS.c.status == "sent", COMMANDS.c.sent_at > tx.now)).all()
    for row in ahead:
        moved = {"sent_at": tx.now}
        if row.expires_at is not None:
            moved["expires_at"] = tx.now + (row.expires_at - row.sent_at)
        tx.execute(update(COMMANDS).where(COMMANDS.c.seq == row.seq).values(moved))
    return len(ahead)


def end(tx: Transaction, before: Stored, outcome: str) -> Record:
    """Complete a command without an answer; `outcome` keeps it from looking like success."""
    return change(tx, before, {"status": "completed", "state": outcome, "outcome": outcome})


def change(tx: Transaction, before: Stored, values: dict[str, Any]) -> Record:
    """Write and announce a command's new values."""
    [row] = _update(tuple(values)).all(tx.connection, {**values, "row_seq": before.seq})
    frames.command_updated(tx, row)
    return row


@lru_cache(maxsize=64)
def _update(columns: tuple[str, ...]) -> Prepared:
    """The statement for these columns, made once: making it costs more than running it."""
    written: dict[str, Any] = {name: bindparam(name) for name in columns}
    return Prepared(update(COMMANDS).where(COMMANDS.c.seq == bindparam("row_seq")).values(written).returning(COMMANDS))
