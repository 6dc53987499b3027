"""API tokens: who may call /v1, with which role. Only a hash is stored (security.md 7)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Index, Row, Text, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.errors import NotFound
from fleet.models.ids import new_id

ROLES = ("viewer", "operator", "admin")
LINK_LIVES = timedelta(minutes=15)
SESSION_LIVES = timedelta(days=14)
# design.md section 4: first connect within 60 s, then the same path for 12 h.
TICKET_WAITS, TICKET_LIVES = timedelta(seconds=60), timedelta(hours=12)
DEV_PARENT = "dev"


class Token(Base):
    """A secret's record. `kind` is `token`, `link` (one-time login), `session` (a cookie) or `ticket`."""

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
    # What a stream ticket is good for.
    path: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    first_used_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


TOKENS = table(Token)
PREFIX = {"token": "flt", "link": "fll", "session": "fls", "ticket": "flk"}


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start prints: shown once, never stored in the clear."""

    token: str
    link_code: str


def digest(secret: str) -> str:
    """The SHA-256 of a secret of 256 random bits, in hex; no salt is needed for such."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create(
    tx: Transaction, kind: str, name: str, role: str, *,
    expires_at: datetime | None = None, parent_id: str | None = None, path: str | None = None,
) -> tuple[Row[Any], str]:  # fmt: skip
    """Make a token; returns its row and the secret, which exists nowhere else."""
    secret = f"{PREFIX[kind]}_{secrets.token_urlsafe(32)}"
    row = tx.execute(
        insert(TOKENS).returning(TOKENS),
        {
            "id": new_id("tok"), "kind": kind, "name": name, "role": role, "prefix": secret[:8],
            "digest": digest(secret), "parent_id": parent_id, "path": path,
            "created_at": tx.now, "expires_at": expires_at,
        },
    ).one()  # fmt: skip
    return row, secret


def first_start(tx: Transaction) -> FirstStart | None:
    """In a database without tokens: make an admin token and a one-time login link, else None."""
    if tx.execute(select(func.count()).select_from(TOKENS)).scalar_one():
        return None
    row, secret = create(tx, "token", "first start", "admin")
    _, code = create(tx, "link", "first start", "admin", expires_at=tx.now + LINK_LIVES, parent_id=row.id)
    return FirstStart(secret, code)


def login_link(tx: Transaction, name: str, role: str) -> str:
    """Make a one-time login link's code, good for 15 minutes."""
    _, code = create(tx, "link", name, role, expires_at=tx.now + LINK_LIVES)
    return code


def usable(
    connection: Connection, secret: str, kind: str, now: datetime, *, dev: bool = False
) -> Row[Any] | None:
    """The row behind `secret` if it is of `kind`, neither revoked nor expired, nor its parent is.

    What was made with the development token is good while `dev` holds.
    """
    row = connection.execute(
        select(TOKENS).where(TOKENS.c.digest == digest(secret), TOKENS.c.kind == kind)
    ).one_or_none()
    if row is None or not alive(row, now):
        return None
    if row.parent_id == DEV_PARENT:
        return row if dev else None
    if row.parent_id is not None:
        parent = connection.execute(select(TOKENS).where(TOKENS.c.id == row.parent_id)).one_or_none()
        if parent is None or not alive(parent, now):
            return None
    return row


def usable_ticket(
    connection: Connection, secret: str, path: str, now: datetime, *, dev: bool = False
) -> Row[Any] | None:
    """The ticket's row if it is good for `path`: used before, or made within the last minute."""
    row = usable(connection, secret, "ticket", now, dev=dev)
    if row is None or row.path != path:
        return None
    if row.first_used_at is None and row.created_at < now - TICKET_WAITS:
        return None
    return row


def alive(row: Row[Any], now: datetime) -> bool:
    """True unless the token was revoked or has expired."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def use(tx: Transaction, token_id: str) -> None:
    """Remember when a token was used."""
    tx.execute(
        update(TOKENS)
        .where(TOKENS.c.id == token_id)
        .values(last_used_at=tx.now, first_used_at=func.coalesce(TOKENS.c.first_used_at, tx.now))
    )


def end_session(tx: Transaction, token_id: str) -> None:
    """Sign a session out; a second time changes nothing."""
    tx.execute(update(TOKENS).where(TOKENS.c.id == token_id).values(revoked_at=tx.now))


def spend_link(tx: Transaction, code: str) -> Row[Any] | None:
    """Use up a one-time login link: its row, or None when it is not (or no longer) good."""
    row = usable(tx.connection, code, "link", tx.now)
    if row is None:
        return None
    tx.execute(update(TOKENS).where(TOKENS.c.id == row.id).values(revoked_at=tx.now, last_used_at=tx.now))
    return row


def listed(connection: Connection) -> Sequence[Row[Any]]:
    """Every API token, newest first; no secrets, for there are none."""
    return connection.execute(
        select(TOKENS).where(TOKENS.c.kind == "token").order_by(TOKENS.c.created_at.desc())
    ).all()


def revoke(tx: Transaction, token_id: str) -> None:
    """End a token and everything that was made with it. Raises NotFound."""
    ended = tx.execute(
        update(TOKENS)
        .where(or_(TOKENS.c.id == token_id, TOKENS.c.parent_id == token_id), TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    if ended.rowcount == 0:
        raise NotFound("TOKEN_NOT_FOUND", "Token not found")


def sweep(tx: Transaction, keep: timedelta = timedelta(days=1), limit: int = 500) -> int:
    """Forget sessions, links and tickets that ended more than `keep` ago, at most `limit`; returns how many."""
    over = or_(TOKENS.c.expires_at < tx.now - keep, TOKENS.c.revoked_at < tx.now - keep)
    some = select(TOKENS.c.id).where(TOKENS.c.kind != "token", over).limit(limit)
    return tx.execute(TOKENS.delete().where(TOKENS.c.id.in_(some))).rowcount
