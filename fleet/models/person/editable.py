"""Taking people in, changing what they may, shutting them out."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import Row, insert, select, update

from fleet.db import Transaction
from fleet.errors import Conflict, Invalid
from fleet.models import token
from fleet.models.ids import new_id
from fleet.models.person.address import lowered
from fleet.models.person.listed import by_email, find
from fleet.models.person.record import PEOPLE

NAME_LONGEST = 100
A_NAME = f"A name is one line of at most {NAME_LONGEST} letters."


def called(name: str) -> str:
    """A name as it is stored. Raises Invalid for one that is too long, or that nobody could read."""
    if len(name.strip()) > NAME_LONGEST or any(unicodedata.category(c) in ("Cc", "Cs") for c in name.strip()):
        raise Invalid("INVALID_NAME", A_NAME, field="name")
    return name.strip()


def invite(tx: Transaction, email: str, name: str, role: str) -> Row[Any]:
    """Take somebody in, without a password yet. Raises Invalid, Conflict for an address that is known."""
    address = lowered(email)
    if by_email(tx.connection, address) is not None:
        raise Conflict("EMAIL_TAKEN", "Somebody with this address is here already.", field="email")
    values = {
        "id": new_id("usr"),
        "email": address,
        "name": called(name) or address.partition("@")[0],
        "role": role,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    return tx.execute(insert(PEOPLE).returning(PEOPLE), values).one()


def edit(tx: Transaction, person_id: str, changes: dict[str, Any]) -> Row[Any]:
    """Change `name`, `role` or `disabled`. Raises NotFound, and Conflict rather than lose the last admin.

    Anybody who is shut out is signed out everywhere at once, and their tokens are
    revoked: letting them in again brings none of that back (security.md 6).
    """
    before = find(tx.connection, person_id)
    values: dict[str, Any] = {"role": changes["role"]} if "role" in changes else {}
    if "name" in changes:
        values["name"] = called(changes["name"])
    if "disabled" in changes:
        values["disabled_at"] = (before.disabled_at or tx.now) if changes["disabled"] else None
    loses = values.get("role", before.role) != "admin" or values.get("disabled_at", before.disabled_at)
    if loses and counts_as_admin(before):
        require_another_admin(tx, person_id, "disabled" if values.get("disabled_at") else "role")
    if values.get("disabled_at"):
        token.end_theirs(tx, person_id)
    return store(tx, person_id, values)


def counts_as_admin(person: Row[Any]) -> bool:
    """True for an administrator who can sign in: not shut out, and no mere invitation."""
    return person.role == "admin" and person.disabled_at is None and person.password_hash is not None


def require_another_admin(tx: Transaction, person_id: str, field: str) -> None:
    """Raise Conflict when nobody else could let people in again."""
    others = select(PEOPLE.c.id).where(
        PEOPLE.c.role == "admin",
        PEOPLE.c.disabled_at.is_(None),
        PEOPLE.c.id != person_id,
        PEOPLE.c.password_hash.is_not(None),
    )
    if tx.execute(others.limit(1)).one_or_none() is None:
        raise Conflict("LAST_ADMIN", "This is the last administrator; make another one first.", field=field)


def set_password(tx: Transaction, person_id: str, password_hash: str, besides: str | None = None) -> Row[Any]:
    """Store a new password's hash; every session `besides` this one ends."""
    token.end_sessions(tx, person_id, besides)
    return store(tx, person_id, {"password_hash": password_hash, "password_changed_at": tx.now})


def store(tx: Transaction, person_id: str, values: dict[str, Any]) -> Row[Any]:
    """Write what changed; returns the person."""
    stored = values | {"updated_at": tx.now}
    row = tx.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(stored).returning(PEOPLE)).one()
    token.changed(tx)
    return row
