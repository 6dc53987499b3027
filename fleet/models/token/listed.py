"""Secrets as lists show them: everything but the secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from fleet.db import long_reads
from fleet.models.person.record import PEOPLE
from fleet.models.token.record import TOKENS

NEWEST = (TOKENS.c.created_at.desc(), TOKENS.c.id)


def listed(connection: Connection, person_id: str | None = None) -> Sequence[Row[Any]]:
    """Every API token, or one person's, newest first, each with its `owner`'s name."""
    query = (
        select(TOKENS, PEOPLE.c.name.label("owner"), PEOPLE.c.disabled_at.label("owner_disabled_at"))
        .outerjoin_from(TOKENS, PEOPLE, PEOPLE.c.id == TOKENS.c.person_id)
        .where(TOKENS.c.kind == "token")
        .order_by(*NEWEST)
    )
    return long_reads.read(connection, query if person_id is None else query.where(TOKENS.c.person_id == person_id))


def sessions(connection: Connection, person_id: str, now: datetime) -> Sequence[Row[Any]]:
    """The browsers on which a person is signed in, last used first."""
    return connection.execute(
        select(TOKENS)
        .where(TOKENS.c.kind == "session", TOKENS.c.person_id == person_id, good(now))
        .order_by(TOKENS.c.last_used_at.desc(), *NEWEST)
    ).all()


def agent_keys(connection: Connection, agent_id: str, now: datetime) -> Sequence[Row[Any]]:
    """An agent's keys that work, newest first."""
    mine = select(TOKENS).where(TOKENS.c.kind == "agent", TOKENS.c.agent_id == agent_id, good(now))
    return long_reads.read(connection, mine.order_by(*NEWEST))


def enrolment_keys(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Enrolment keys that nobody has used yet, newest first."""
    unused = select(TOKENS).where(TOKENS.c.kind == "enrolment", good(now))
    return long_reads.read(connection, unused.order_by(*NEWEST))


def good(now: datetime) -> Any:
    """Neither revoked nor expired."""
    return TOKENS.c.revoked_at.is_(None) & or_(TOKENS.c.expires_at.is_(None), TOKENS.c.expires_at > now)
