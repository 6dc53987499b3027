"""Which tokens somebody may see."""

from __future__ import annotations

from typing import Any

from flask import g
from sqlalchemy import Row

from fleet.db import db
from fleet.models import token
from fleet.web.security import policy


def visible() -> list[Row[Any]]:
    """The tokens that this request's sender may see."""
    identity = g.identity
    with db.engine.connect() as connection:
        if policy.allows(identity.role, "admin"):
            return list(token.listed(connection))
        own = list(token.listed(connection, identity.person_id)) if identity.person_id else []
        return own or [row for row in token.listed(connection) if row.id == identity.grant_id]
