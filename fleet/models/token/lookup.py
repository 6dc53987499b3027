"""Who holds a secret, and what it is still good for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, or_, select

from fleet.errors import NotFound
from fleet.models.agent.record import AGENTS
from fleet.models.person.record import PEOPLE
from fleet.models.token.record import AGENT, DEV_PARENT, ROLES, TICKET_WAITS, TOKENS, digest

PARENT = TOKENS.alias("parent")
# One look: the secret, the one that it was made with, its person, its agent.
BY_DIGEST = (
    select(
        TOKENS,
        PARENT.c.id.label("parent_found"),
        PARENT.c.expires_at.label("parent_expires_at"),
        PARENT.c.revoked_at.label("parent_revoked_at"),
        PEOPLE.c.id.label("person_found"),
        PEOPLE.c.name.label("person_name"),
        PEOPLE.c.role.label("person_role"),
        PEOPLE.c.disabled_at.label("person_disabled_at"),
        AGENTS.c.id.label("agent_found"),
    )
    .outerjoin_from(TOKENS, PARENT, PARENT.c.id == TOKENS.c.parent_id)
    .outerjoin(PEOPLE, PEOPLE.c.id == TOKENS.c.person_id)
    .outerjoin(AGENTS, AGENTS.c.id == TOKENS.c.agent_id)
    .where(TOKENS.c.digest == bindparam("digest"), TOKENS.c.kind == bindparam("kind"))
)


def usable(connection: Connection, secret: str, kind: str, now: datetime, *, dev: bool = False) -> Row[Any] | None:
    """The row behind `secret` if it is of `kind` and good, and so is the person behind it.

    What was made with the development token is good while `dev` holds.
    """
    row = connection.execute(BY_DIGEST, {"digest": digest(secret), "kind": kind}).one_or_none()
    if row is None or not alive(row, now):
        return None
    if row.parent_id == DEV_PARENT:
        return row if dev else None
    return row if backed(row, now) else None


def backed(row: Row[Any], now: datetime) -> bool:
    """True while parent, person and agent, where there are such, still stand behind the secret."""
    if row.parent_id is not None:
        over = row.parent_expires_at is not None and row.parent_expires_at <= now
        if row.parent_found is None or row.parent_revoked_at is not None or over:
            return False
    if row.person_id is not None and (row.person_found is None or row.person_disabled_at is not None):
        return False
    return row.agent_id is None or row.agent_found is not None


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


def live_agent_keys(connection: Connection, now: datetime) -> tuple[set[str], datetime | None]:
    """The ids of all agents' keys that are good, and when the next of them ends by itself."""
    expires = TOKENS.c.expires_at
    good = (TOKENS.c.kind == "agent", TOKENS.c.revoked_at.is_(None), or_(expires.is_(None), expires > now))
    rows = connection.execute(select(TOKENS.c.id, expires).where(*good)).all()
    return {row.id for row in rows}, min((row.expires_at for row in rows if row.expires_at is not None), default=None)


def find(connection: Connection, token_id: str, *where: ColumnElement[bool]) -> Row[Any]:
    """The secret of this id that is `where`. Raises NotFound."""
    row = connection.execute(select(TOKENS).where(TOKENS.c.id == token_id, *where)).one_or_none()
    if row is None:
        raise unknown()
    return row


def unknown() -> NotFound:
    """The error for a secret that is not there, or not for who asks."""
    return NotFound("TOKEN_NOT_FOUND", "Token not found")


def alive(row: Row[Any], now: datetime) -> bool:
    """True unless the secret was revoked or has expired."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def role_of(row: Row[Any]) -> str:
    """What a row of `usable` gives: never more than its person's role, nor than what it was made with.

    The session of somebody who signed in as themselves has their role, whatever that is by now.
    """
    if row.role == AGENT or row.person_id is None:
        return str(row.role)
    if row.kind == "session" and row.parent_id is None:
        return str(row.person_role)
    return str(min(row.role, row.person_role, key=ROLES.index))
