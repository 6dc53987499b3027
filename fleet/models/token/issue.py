"""Making secrets. Each is returned once and exists nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, or_, select, update

from fleet.db import Transaction
from fleet.models.ids import new_id
from fleet.models.token.edition import changed
from fleet.models.token.record import (
    AGENT,
    ENROLMENT_LIVES,
    INVITATION_LIVES,
    LINK_LIVES,
    PREFIX,
    SESSION_LIVES,
    TOKENS,
    digest,
)

# The name of what the first start prints; who acts by it is called so until they have an account.
FIRST = "first administrator"


class Issued(NamedTuple):
    """A secret's row, and the secret."""

    row: Row[Any]
    secret: str


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start prints: shown once, never stored in the clear."""

    token: str
    link_code: str


def create(
    tx: Transaction, kind: str, name: str, role: str, *, expires_at: datetime | None = None, **more: Any
) -> Issued:
    """Make a secret of `kind`; `more` are further columns, such as `person_id` or `path`.

    What is made with another secret, its `parent_id`, does not outlive that.
    """
    expires_at = earlier(expires_at, expiry_of(tx, more.get("parent_id")))
    secret = f"{PREFIX[kind]}_{secrets.token_urlsafe(32)}"
    values = {
        "id": new_id("tok"),
        "kind": kind,
        "name": name,
        "role": role,
        "prefix": secret[:8],
        "digest": digest(secret),
        "created_at": tx.now,
        "expires_at": expires_at,
    }
    row = tx.execute(insert(TOKENS).returning(TOKENS), values | more).one()
    changed(tx)  # also for those before it: an agent's new key shortens the life of its old ones
    return Issued(row, secret)


def expiry_of(tx: Transaction, token_id: str | None) -> datetime | None:
    """When a secret expires, if it does."""
    if token_id is None:
        return None
    return tx.execute(select(TOKENS.c.expires_at).where(TOKENS.c.id == token_id)).scalar_one_or_none()


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments; None stands for never."""
    return min((moment for moment in (one, other) if moment is not None), default=None)


def first_start(tx: Transaction) -> FirstStart | None:
    """In a database without tokens: make an admin token and a one-time link, else None."""
    if tx.execute(select(func.count()).select_from(TOKENS)).scalar_one():
        return None
    row, secret = create(tx, "token", FIRST, "admin", made_by="Fleet")
    _, code = create(tx, "link", FIRST, "admin", expires_at=tx.now + LINK_LIVES, parent_id=row.id)
    return FirstStart(secret, code)


def link(tx: Transaction, person: Row[Any], made_by: str | None = None) -> Issued:
    """Make a one-time link for a person: they choose a password by it. Earlier ones end.

    An invitation lasts three days; anybody who has a password already, and forgot
    it, gets 15 minutes.
    """
    mine = (TOKENS.c.kind == "link", TOKENS.c.person_id == person.id, TOKENS.c.revoked_at.is_(None))
    tx.execute(update(TOKENS).where(*mine).values(revoked_at=tx.now))
    lives = LINK_LIVES if person.password_hash else INVITATION_LIVES
    return create(tx, "link", person.name, person.role, expires_at=tx.now + lives, person_id=person.id, made_by=made_by)


def session(tx: Transaction, name: str, role: str, **more: Any) -> Issued:
    """Sign a browser in."""
    return create(tx, "session", name, role, expires_at=tx.now + SESSION_LIVES, **more)


def enrolment(tx: Transaction, name: str, made_by: str, made_with: str | None = None) -> Issued:
    """Make a key that enrols one agent within 15 minutes (security.md 16)."""
    lives = tx.now + ENROLMENT_LIVES
    return create(tx, "enrolment", name, AGENT, expires_at=lives, made_by=made_by, made_with=made_with)


def agent_key(
    tx: Transaction, agent_id: str, name: str, made_by: str, overlap: timedelta, made_with: str | None = None
) -> Issued:
    """Make an agent's new key; the keys before it go on working for `overlap`, no longer."""
    until = tx.now + overlap
    later = or_(TOKENS.c.expires_at.is_(None), TOKENS.c.expires_at > until)
    tx.execute(
        update(TOKENS).where(TOKENS.c.kind == AGENT, TOKENS.c.agent_id == agent_id, later).values(expires_at=until)
    )
    return create(tx, AGENT, name, AGENT, agent_id=agent_id, made_by=made_by, made_with=made_with)
