"""The tables of the journal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table


class Change(Base):
    """One frame of the stream, with its JSON as committed."""

    __tablename__ = "changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(Text)
    noun: Mapped[str] = mapped_column(Text)
    noun_id: Mapped[str] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)


class Journal(Base):
    """The journal's own row: its epoch, its last and its last pruned number."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(Text)
    head: Mapped[int] = mapped_column(default=0)
    floor: Mapped[int] = mapped_column(default=0)


CHANGES = table(Change)
JOURNAL = table(Journal)
