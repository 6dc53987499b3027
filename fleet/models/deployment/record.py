"""The table of deployments: machines that were made hosts over SSH, how far that came, and the key that they showed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

# In the order in which they are taken.
STEPS = ("address", "host key", "install", "connect")
STATES = ("running", "succeeded", "failed")


class Deployment(Base):
    """One try. `host_key` is the line that was trusted, which pins the host; `said` is the last that was said."""

    __tablename__ = "deployments"
    __table_args__ = (Index("ix_deployments_host", "host", "port", "started_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    port: Mapped[int]
    ssh_user: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = mapped_column(Text)
    host_key: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Text)
    started_by: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


DEPLOYMENTS = table(Deployment)
