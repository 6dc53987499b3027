"""Notices: what happened, where people want to be told, and what came of telling them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

# Why somebody is told: an agent asks, fails, falls silent; it is back; somebody tries a channel out; mail goes nowhere.
KINDS = ("question", "error", "silence")
BACK, TEST, MAIL = "back", "test", "mail"
CHANNEL_KINDS = ("browser", "ntfy", "email", "webhook")
# What may become of a delivery. `held`: its person's quiet hours, or until an outage is whole; `skipped`: not sent, `error` says why.
STATES = ("waiting", "held", "sent", "failed", "skipped")
OPEN = text("resolved_at IS NULL")


class NoticeChannel(Base):
    """A place at which one person wants to be told, and about what."""

    __tablename__ = "notice_channels"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[str] = mapped_column(Text, index=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    # A URL; for a browser what it calls itself; for e-mail nothing: it goes to the person's own address.
    target: Mapped[str] = mapped_column(Text, default="")
    # A webhook's signing key, an ntfy server's token. It must be used, so it cannot be hashed:
    # it never leaves this column but for its owner, on demand.
    secret: Mapped[str | None] = mapped_column(Text)
    on_question: Mapped[bool] = mapped_column(default=True)
    on_error: Mapped[bool] = mapped_column(default=True)
    on_silence: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    # When Fleet itself gave it up, after `failures` deliveries in a row that came to nothing.
    given_up_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_ok_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class QuietHours(Base):
    """When one person does not want to be told: every day from `start` to `end` (HH:MM) in `zone`."""

    __tablename__ = "quiet_hours"

    person_id: Mapped[str] = mapped_column(Text, primary_key=True)
    start: Mapped[str] = mapped_column(Text)
    end: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    questions_pass: Mapped[bool] = mapped_column(default=False)


class Notice(Base):
    """That something happened which may concern people; once for each cause.

    `cause` is the moment that tells this cause from the agent's others.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("agent_id", "kind", "cause", name="uq_notices_cause"),
        Index("ix_notices_open", "agent_id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    agent_id: Mapped[str | None] = mapped_column(Text)
    agent_name: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(index=True)
    # When the cause was gone: answered, recovered, heard of again.
    resolved_at: Mapped[datetime | None]


class NoticeDelivery(Base):
    """One notice on its way to one channel. What goes out together shares its `message_id`."""

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        Index("ix_notice_deliveries_due", "state", "next_at"),
        Index("ix_notice_deliveries_person", "person_id", "seq"),
        Index("ix_notice_deliveries_channel", "channel_id", "ended_at"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    notice_id: Mapped[str] = mapped_column(Text, index=True)
    channel_id: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(Text, index=True)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    # When it is due: for the first time, again after a failure or a crash, or when quiet hours end.
    next_at: Mapped[datetime | None]
    # What the receiver answered last: HTTP's or SMTP's status, and a sentence.
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class NoticeCursor(Base):
    """How far the journal has been read for causes; moves in the same transaction as the notices it makes."""

    __tablename__ = "notice_cursor"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(Text)
    seq: Mapped[int] = mapped_column(default=0)


CHANNELS = table(NoticeChannel)
QUIET = table(QuietHours)
NOTICES = table(Notice)
DELIVERIES = table(NoticeDelivery)
CURSOR = table(NoticeCursor)
