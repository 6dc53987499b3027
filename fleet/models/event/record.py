"""The event's row, and how pages read it: with its agent's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table
from fleet.models.agent.record import AGENTS


class Event(Base):
    """A line of activity. `seq` orders lines of one moment; `details` is document 1's `metadata`."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_agent", "agent_id", "seq"),
        Index("ix_events_type", "type", "timestamp"),
        Index("ix_events_type_seq", "type", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    # `metadata` is taken on a declarative class.
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    timestamp: Mapped[datetime]


EVENTS = table(Event)
COLUMNS: tuple[ColumnElement[Any], ...] = (
    EVENTS.c.seq,
    EVENTS.c.id,
    EVENTS.c.agent_id,
    EVENTS.c.type,
    EVENTS.c.message,
    EVENTS.c.metadata.label("details"),
    EVENTS.c.timestamp,
)
# A line as pages show it: with the agent's name.
NAMED: Select[*tuple[Any, ...]] = select(*COLUMNS, AGENTS.c.name.label("agent_name")).join(
    AGENTS, AGENTS.c.id == EVENTS.c.agent_id
)
