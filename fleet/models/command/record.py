"""The tables of commands, and of what was told to many agents at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

WORDS = ("instruction", "feedback", "question")
# Work for a host; `fleet.models.execution` knows the rest of it.
SHELL = "shell"
STATUSES = ("sent", "acknowledged", "completed")
OUTCOMES = ("succeeded", "failed", "timed_out", "canceled", "expired", "unknown")


class Command(Base):
    """A command. `state` is the contract's, `status` document 1's, `outcome` how it ended."""

    __tablename__ = "commands"
    __table_args__ = (
        Index("ix_commands_agent_status", "agent_id", "status", "seq"),
        Index("ix_commands_status_expires", "status", "expires_at"),
        Index("ix_commands_stop", "stop_id", sqlite_where=text("stop_id IS NOT NULL")),
        Index("ix_commands_bulk", "bulk_id", sqlite_where=text("bulk_id IS NOT NULL")),
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
    # The likely answers beside the question that this one answers: they come back with it.
    options: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    # The stop whose command this is: it is delivered in spite of it.
    stop_id: Mapped[str | None] = mapped_column(Text)
    # The one act by which many agents were told the same.
    bulk_id: Mapped[str | None] = mapped_column(Text)
    sent_by: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class BulkCommand(Base):
    """The same words for many agents: `told` is how many they were sent to; each one's command names this row.

    It outlives the agents, whose commands go with them.
    """

    __tablename__ = "bulk_commands"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    sent_by: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(index=True)
    told: Mapped[int]


COMMANDS = table(Command)
BULK_COMMANDS = table(BulkCommand)
