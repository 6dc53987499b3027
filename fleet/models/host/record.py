"""The table of hosts: what a daemon has told of its machine. One row beside the agent's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table


class Host(Base):
    """An agent of kind host, as its daemon (or a script that reports) describes it.

    `session` is the last that a link was given, `session_before` the one before
    it: a daemon that shows neither runs on a copied disk (hosts-shape.md).
    """

    __tablename__ = "hosts"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    ip: Mapped[str | None] = mapped_column(Text)
    os: Mapped[str | None] = mapped_column(Text)
    arch: Mapped[str | None] = mapped_column(Text)
    python: Mapped[str | None] = mapped_column(Text)
    # The user of the system that the daemon runs as.
    runs_as: Mapped[str | None] = mapped_column(Text)
    daemon_version: Mapped[str | None] = mapped_column(Text)
    daemon_sha256: Mapped[str | None] = mapped_column(Text)
    boot_id: Mapped[str | None] = mapped_column(Text)
    # Seconds that its clock was ahead of the server's at its last hello: shown, never reckoned with.
    clock_skew: Mapped[int | None] = mapped_column(BigInteger)
    session: Mapped[str | None] = mapped_column(Text)
    session_before: Mapped[str | None] = mapped_column(Text)
    # The last metrics, and when they came.
    snapshot: Mapped[dict[str, Any] | None]
    snapshot_at: Mapped[datetime | None]


HOSTS = table(Host)
