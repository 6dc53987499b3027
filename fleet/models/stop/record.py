"""The tables of stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

KINDS = ("pause", "stop")
# What an agent has answered: to the command, by its status; or it was deleted.
OUTCOMES = ("acknowledged", "completed", "failed", "idle", "finished", "error", "deleted")


OPEN = text("resumed_at IS NULL")


class Stop(Base):
    """The fleet, or one agent, held still, from `at` until somebody resumes it (`resumed_at`).

    `pause` freezes claims and delivery, `stop` cancels what runs besides.
    `active` is of the fleet's stops only: true or null, never false, so that the
    index allows one that holds the fleet and any number of past ones. A stop of
    one agent names it, by its name of that time; its row names the stop back
    (`agents.stop_id`), which keeps a second one away. `swept_at` says since when
    nobody is left who has not been told. `followed_by` names the stop that a
    pause became.
    """

    __tablename__ = "stops"
    __table_args__ = (Index("ix_stops_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    by_id: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    active: Mapped[bool | None] = mapped_column(unique=True)
    swept_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    resumed_by_id: Mapped[str | None] = mapped_column(Text)
    resumed_by: Mapped[str | None] = mapped_column(Text)
    followed_by: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Text)
    agent_name: Mapped[str | None] = mapped_column(Text)


class StopAcknowledgement(Base):
    """One agent in one stop: what was taken from it, what it was told, and what it has answered.

    It outlives the agent, so it holds the name of that time. `tasks` are the
    claims that were revoked, each `{"id", "number", "title", "fence"}`.
    """

    __tablename__ = "stop_acknowledgements"

    stop_id: Mapped[str] = mapped_column(ForeignKey("stops.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(Text, primary_key=True)
    agent_name: Mapped[str] = mapped_column(Text)
    tasks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    command_id: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)


STOPS = table(Stop)
ACKNOWLEDGEMENTS = table(StopAcknowledgement)
