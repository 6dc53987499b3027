"""The tables of what runs on a host: the execution beside its command, and the output."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table


class Execution(Base):
    """A command for a host, beside its row of `commands`.

    `params` are shown: text and values masked. `sealed` is what the host gets
    (fleet/sealing.py), null as soon as it has begun or will not. `handed_at` is
    set before it is put on a link: from then on only the host knows what becomes
    of it. `stdout_next` and `stderr_next` say up to where output is stored.
    """

    __tablename__ = "executions"
    __table_args__ = (
        Index("ix_executions_open", "agent_id", "command_seq", sqlite_where=text("ended_at IS NULL")),
        Index("ix_executions_ended", "ended_at"),
    )

    command_seq: Mapped[int] = mapped_column(ForeignKey("commands.seq", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes | None]
    timeout: Mapped[int]
    handed_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancel_at: Mapped[datetime | None]
    canceled_by: Mapped[str | None] = mapped_column(Text)
    exit_code: Mapped[int | None]
    signal: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    ms: Mapped[int | None]
    stdout_bytes: Mapped[int] = mapped_column(default=0)
    stderr_bytes: Mapped[int] = mapped_column(default=0)
    stdout_next: Mapped[int] = mapped_column(default=0)
    stderr_next: Mapped[int] = mapped_column(default=0)
    # About how many bytes of output are stored.
    kept: Mapped[int] = mapped_column(default=0)
    dropped: Mapped[int] = mapped_column(default=0)
    masked: Mapped[int] = mapped_column(default=0)
    left: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class Output(Base):
    """A piece of a command's output: which stream (1 stdout, 2 stderr), from where on, the bytes as they came."""

    __tablename__ = "outputs"
    __table_args__ = (Index("ix_outputs_place", "command_seq", "stream", "offset", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    command_seq: Mapped[int] = mapped_column(ForeignKey("executions.command_seq", ondelete="CASCADE"))
    stream: Mapped[int]
    offset: Mapped[int]
    bytes: Mapped[bytes]


EXECUTIONS = table(Execution)
OUTPUTS = table(Output)
