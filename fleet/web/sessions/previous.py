"""The session that a browser has when somebody signs in on it: the new one takes its place."""

from __future__ import annotations

from flask import g

from fleet.db import Transaction
from fleet.models import token


def previous() -> str | None:
    """The id of the session that this request shows; None where there is none, or a token."""
    by_session = g.identity is not None and g.credential is not None and g.credential[0] == "session"
    return str(g.identity.id) if by_session else None


def instead_of(tx: Transaction, before: str | None, made: token.Issued | None) -> token.Issued | None:
    """End the session `before`, once there is another one: nobody would be left who could sign it out."""
    if made is not None and before is not None:
        token.end_session(tx, before)
    return made
