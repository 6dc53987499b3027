"""The one table of secrets: what they are, who holds them, how long they live. Only hashes are stored (security.md 7)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

ROLES = ("viewer", "operator", "admin")
AGENT = "agent"  # the role of an agent's own key: none of a person's
LINK_LIVES = timedelta(minutes=15)
INVITATION_LIVES = timedelta(hours=72)
SESSION_LIVES = timedelta(days=14)
ENROLMENT_LIVES = timedelta(minutes=15)  # security.md 16
# design.md section 4: first connect within 60 s, then the same path for 12 h.
TICKET_WAITS, TICKET_LIVES = timedelta(seconds=60), timedelta(hours=12)
DEV_PARENT = "dev"
PREFIX = {
    "token": "flt",
    "link": "fll",
    "session": "fls",
    "ticket": "flk",
    "agent": "fla",
    "enrolment": "fle",
}


class Token(Base):
    """A secret's record.

    `kind` is `token` (for programs), `link` (one-time: invitation, forgotten
    password, first start), `session` (a browser's cookie), `ticket` (one stream),
    `agent` (an agent's own key) or `enrolment` (makes one agent and its key).
    """

    __tablename__ = "tokens"
    __table_args__ = (Index("ix_tokens_kind", "kind", "expires_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, unique=True)
    # The token that a session or ticket was made with: revoking it ends them too.
    parent_id: Mapped[str | None] = mapped_column(Text, index=True)
    # The secret that it was made with, which it may outlive.
    made_with: Mapped[str | None] = mapped_column(Text, index=True)
    # Whose it is: never more than that person may, and gone when they are shut out.
    person_id: Mapped[str | None] = mapped_column(Text, index=True)
    # The agent that this key speaks for.
    agent_id: Mapped[str | None] = mapped_column(Text, index=True)
    # What a stream ticket is good for.
    path: Mapped[str | None] = mapped_column(Text)
    # The browser of a session, and the address that it was used from last.
    device: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    first_used_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Credentials(Base):
    """One row: how often something was changed that decides who may what."""

    __tablename__ = "credentials"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[int]


TOKENS = table(Token)
CREDENTIALS = table(Credentials)


def digest(secret: str) -> str:
    """The SHA-256 of a secret of 256 random bits, in hex; no salt is needed for such."""
    return hashlib.sha256(secret.encode()).hexdigest()
