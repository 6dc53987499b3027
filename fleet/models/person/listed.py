"""People as they are found and shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from fleet.db import long_reads
from fleet.errors import NotFound
from fleet.models.person.address import spellings
from fleet.models.person.record import PEOPLE
from fleet.models.token.record import TOKENS


def find(connection: Connection, person_id: str) -> Row[Any]:
    """The person with this id. Raises NotFound."""
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).one_or_none()
    if row is None:
        raise NotFound("PERSON_NOT_FOUND", "Person not found")
    return row


def by_email(connection: Connection, email: str) -> Row[Any] | None:
    """The person who signs in with this address (`address.lowered`), if there is one."""
    rows = connection.execute(select(PEOPLE).where(PEOPLE.c.email.in_(spellings(email)))).all()
    return min(rows, key=lambda row: row.email != email, default=None)


def everybody(connection: Connection) -> Sequence[Row[Any]]:
    """Everybody by name, with `seen_at`, when they last did something."""
    theirs = TOKENS.c
    seen = select(func.max(theirs.last_used_at)).where(theirs.person_id == PEOPLE.c.id).scalar_subquery()
    open_links = select(func.max(theirs.expires_at)).where(
        theirs.person_id == PEOPLE.c.id, theirs.kind == "link", theirs.revoked_at.is_(None)
    )
    everybody = select(PEOPLE, seen.label("seen_at"), open_links.scalar_subquery().label("link_expires_at"))
    return long_reads.read(connection, everybody.order_by(func.lower(PEOPLE.c.name), PEOPLE.c.id))


def anybody(connection: Connection) -> bool:
    """Whether there is an account, also one that is shut out or was never used."""
    return connection.execute(select(PEOPLE.c.id).limit(1)).first() is not None
