"""The tables of stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

KINDS = ("pause", "stop")
# What an agent has answered: to the command, by its status; or it was deleted.
OUTCOMES = ("acknowledged", "completed", "failed", "idle", "finished", "error", "deleted")


class Stop(Base):
    """The fleet held still, from `at` until somebody resumes it.

    `pause` freezes claims and delivery, `stop` cancels what runs besides.
    `active` is true or null, never false, so that the index allows one active
    stop and any number of past ones. `swept_at` says since when nobody is left
    who has not been told. `followed_by` names the stop that a pause became.
    """

    __tablename__ = "stops"

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
