"""Something an agent is told: sent, acknowledged, completed; in the order in which it was sent (I4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, Row, Text, false, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.errors import Conflict, Invalid, NotFound
from fleet.models import frames
from fleet.models.agent.finding import require
from fleet.models.ids import new_id
from fleet.models.stop import acknowledging, holding, withheld

WORDS = ("instruction", "feedback", "question")
STATUSES = ("sent", "acknowledged", "completed")
OUTCOMES = ("succeeded", "failed", "canceled", "expired")
# contract.md: words wait 7 days for an agent that is not there.
WORDS_WAIT = timedelta(days=7)


class Command(Base):
    """A command. `state` is the contract's, `status` document 1's, `outcome` how it ended."""

    __tablename__ = "commands"
    __table_args__ = (
        Index("ix_commands_agent_status", "agent_id", "status", "seq"),
        Index("ix_commands_status_expires", "status", "expires_at"),
        Index("ix_commands_stop", "stop_id", sqlite_where=text("stop_id IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="sent")
    state: Mapped[str] = mapped_column(Text, default="queued")
    outcome: Mapped[str | None] = mapped_column(Text)
    response: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[str | None] = mapped_column(Text)
    # The stop whose command this is: it is delivered in spite of it.
    stop_id: Mapped[str | None] = mapped_column(Text)
    sent_by: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


COMMANDS = table(Command)
INSERT = insert(COMMANDS).returning(COMMANDS)


def send(
    tx: Transaction, agent_id: str, kind: str, content: str, *,
    sent_by: str | None = None, answers: str | None = None, expires_in: int | None = None,
    stop_id: str | None = None,
) -> Row[Any]:  # fmt: skip
    """Queue words for an agent; they wait `expires_in` seconds (7 days by default). Raises NotFound.

    While the agent is held (`stop.holding`) they wait for that too, except a stop's own.
    """
    require(tx, agent_id)
    wait = timedelta(seconds=expires_in) if expires_in is not None else WORDS_WAIT
    row = tx.execute(
        INSERT,
        {
            "id": new_id("cmd"), "agent_id": agent_id, "type": kind, "content": content,
            "status": "sent", "state": "queued", "sent_by": sent_by, "answers": answers, "stop_id": stop_id,
            "sent_at": tx.now, "expires_at": tx.now + wait,
        },
    ).one()  # fmt: skip
    if stop_id is None:
        withheld.command(tx, row)
    else:
        frames.command_received(tx, row)
    return row


def report(tx: Transaction, agent_id: str, command_id: str, changes: dict[str, Any]) -> Row[Any]:
    """What the agent says of a command: that it was read, what came of it.

    `responded_at` moves with each report, as recorded. A command goes forward
    only: Conflict when it would go back or has ended otherwise; repeating what
    is there changes nothing. Raises NotFound, and Invalid for an outcome before the end.
    """
    before = find(tx, agent_id, command_id)
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
    acknowledging.by_command(tx, row)
    return row


def cancel(tx: Transaction, agent_id: str, command_id: str) -> Row[Any]:
    """Withdraw a command that the agent has not read. Raises Conflict once it has."""
    before = find(tx, agent_id, command_id)
    if before.stop_id is not None:
        raise Conflict("COMMAND_OF_A_STOP", "A stop's command ends when the fleet is resumed.")
    if before.status != "sent":
        raise Conflict("COMMAND_ALREADY_READ", "The agent has read it; it cannot be withdrawn.")
    return end(tx, before, "canceled")


def expire(tx: Transaction, limit: int = 200) -> int:
    """End words that nobody fetched in time, at most `limit` of them; returns how many."""
    late = tx.execute(
        select(COMMANDS).where(COMMANDS.c.status == "sent", COMMANDS.c.expires_at <= tx.now).limit(limit)
    ).all()
    for row in late:
        end(tx, row, "expired")
    return len(late)


def end(tx: Transaction, before: Row[Any], outcome: str) -> Row[Any]:
    """Complete a command without an answer; `outcome` keeps it from looking like success."""
    return change(tx, before, {"status": "completed", "state": outcome, "outcome": outcome})


def change(tx: Transaction, before: Row[Any], values: dict[str, Any]) -> Row[Any]:
    """Write and announce a command's new values."""
    row = tx.execute(
        update(COMMANDS).where(COMMANDS.c.seq == before.seq).values(**values).returning(COMMANDS)
    ).one()
    frames.command_updated(tx, row)
    return row


def of_agent(
    connection: Connection, agent_id: str, limit: int, offset: int = 0, **wanted: str | None
) -> Sequence[Row[Any]]:
    """An agent's commands, oldest first (I4); `wanted` may name a `status` and a `type`."""
    conditions = [COMMANDS.c[name] == value for name, value in wanted.items() if value is not None]
    return connection.execute(
        select(COMMANDS)
        .where(COMMANDS.c.agent_id == agent_id, *conditions)
        .order_by(COMMANDS.c.seq)
        .limit(limit)
        .offset(offset)
    ).all()


def deliverable(
    connection: Connection, agent_id: str, limit: int, offset: int = 0, kind: str | None = None
) -> Sequence[Row[Any]]:
    """What the agent is to be given now, oldest first: while it is held, nothing but the stop's own command."""
    due = select(COMMANDS).where(COMMANDS.c.agent_id == agent_id, COMMANDS.c.status == "sent")
    hold = holding.of(connection, agent_id)
    # A stop that is over has nothing to say any more, though its commands may not be withdrawn yet.
    mine = COMMANDS.c.stop_id == (hold.stop_id if hold else None)
    due = due.where(mine if hold is None or hold.stop_id else false())
    if kind is not None:
        due = due.where(COMMANDS.c.type == kind)
    return connection.execute(due.order_by(COMMANDS.c.seq).limit(limit).offset(offset)).all()


def newest(connection: Connection, agent_id: str, limit: int) -> Sequence[Row[Any]]:
    """The last commands of an agent, oldest first: the end of the conversation."""
    rows = connection.execute(
        select(COMMANDS).where(COMMANDS.c.agent_id == agent_id).order_by(COMMANDS.c.seq.desc()).limit(limit)
    ).all()
    return rows[::-1]


def get(connection: Connection, agent_id: str, command_id: str) -> Row[Any]:
    """A command of that agent. Raises NotFound."""
    row = connection.execute(
        select(COMMANDS).where(COMMANDS.c.id == command_id, COMMANDS.c.agent_id == agent_id)
    ).one_or_none()
    if row is None:
        raise unknown()
    return row


def find(tx: Transaction, agent_id: str, command_id: str) -> Row[Any]:
    """The command of that agent. Raises NotFound with the code of whichever is missing."""
    row = tx.execute(
        select(COMMANDS).where(COMMANDS.c.id == command_id, COMMANDS.c.agent_id == agent_id)
    ).one_or_none()
    if row is None:
        require(tx, agent_id)
        raise unknown()
    return row


def unknown() -> NotFound:
    """The error for a command that is not there."""
    return NotFound("COMMAND_NOT_FOUND", "Command not found")
