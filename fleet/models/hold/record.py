"""The table of frames that are held back."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table


class Withheld(Base):
    """A frame that would have set a held agent to work: fired when nothing holds it any more."""

    __tablename__ = "withheld"
    __table_args__ = (Index("ix_withheld_agent", "agent_id"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    noun: Mapped[str] = mapped_column(Text)
    noun_id: Mapped[str] = mapped_column(Text)


WITHHELD = table(Withheld)
