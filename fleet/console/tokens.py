"""`fleet token`: tokens from the shell of the machine that Fleet runs on, beside a running server."""

from __future__ import annotations

from datetime import timedelta

from fleet.clock import now
from fleet.config import Settings
from fleet.console.audit_chain import act
from fleet.console.opened import columns, database, moment
from fleet.db import db
from fleet.models import token
from fleet.shell import plain


def create(settings: Settings, name: str, role: str, seconds: int | None) -> tuple[str, str]:
    """Make a token that lives for `seconds` (None: until revoked); returns facts for people, and the secret."""
    expires_at = now() + timedelta(seconds=seconds) if seconds else None
    row, secret = act(
        settings,
        "tokens.create",
        lambda tx: token.create(tx, "token", name, role, expires_at=expires_at, made_by="fleet token"),
    )
    until = f"until {moment(expires_at)}" if expires_at else "until it is revoked"
    return f"Token {row.id} for {plain.line(name)}, role {role}, good {until}. It is shown this one time:", secret


def table(settings: Settings) -> str:
    """Every token, newest first, one line each."""
    with database(settings):
        rows = token.listed(db.session.connection())
    lines = [("ID", "NAME", "ROLE", "STARTS WITH", "LAST USED", "EXPIRES", "STATE")]
    for row in rows:
        state = "good" if token.alive(row, now()) else "revoked" if row.revoked_at else "expired"
        used, expires = moment(row.last_used_at), moment(row.expires_at)
        lines.append((row.id, row.name, row.role, row.prefix, used, expires, state))
    return columns(lines)


def revoke(settings: Settings, token_id: str) -> None:
    """End a token and what was made with it. Raises NotFound."""
    act(settings, "tokens.delete", lambda tx: token.revoke(tx, token_id), token_id)
