"""Who asks, as a person or by which secret: what belongs to people only, and what is made, asks here."""

from __future__ import annotations

from typing import Any

from flask import g
from sqlalchemy import Row

from fleet.db import db
from fleet.errors import Conflict
from fleet.models import person


def oneself() -> Row[Any]:
    """The person who asks. Raises Conflict for a credential that belongs to nobody."""
    if g.identity.person_id is None:
        raise Conflict("NOT_A_PERSON", "This credential belongs to nobody; it has no account.")
    with db.engine.connect() as connection:
        return person.find(connection, g.identity.person_id)


def secret_behind() -> str | None:
    """The token or key behind this request, which what it makes remembers. None for one who signed in as themselves."""
    identity = g.identity
    themselves = identity.person_id is not None and identity.id == identity.grant_id
    return None if g.credential[0] == "session" and themselves else str(identity.grant_id)
