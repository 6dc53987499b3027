"""`fleet token`: tokens from the shell of the machine that Fleet runs on, beside a running server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from fleet import logs
from fleet.app import create_app
from fleet.clock import now
from fleet.config import Settings
from fleet.db import db, write, writer
from fleet.db.upgrade import require_current
from fleet.models import token


def create(settings: Settings, name: str, role: str, seconds: int | None) -> tuple[str, str]:
    """Make a token that lives for `seconds` (None: until revoked); returns facts for people, and the secret."""
    expires_at = now() + timedelta(seconds=seconds) if seconds else None
    with _database(settings):
        row, secret = write(lambda tx: token.create(tx, "token", name, role, expires_at=expires_at))
    until = f"until {_moment(expires_at)}" if expires_at else "until it is revoked"
    return f"Token {row.id} for {name}, role {role}, good {until}. It is shown this one time:", secret


def table(settings: Settings) -> str:
    """Every token, newest first, one line each."""
    with _database(settings):
        rows = token.listed(db.session.connection())
    lines = [("ID", "NAME", "ROLE", "STARTS WITH", "LAST USED", "EXPIRES", "STATE")]
    for row in rows:
        state = "good" if token.alive(row, now()) else "revoked" if row.revoked_at else "expired"
        used, expires = _moment(row.last_used_at), _moment(row.expires_at)
        lines.append((row.id, row.name, row.role, row.prefix, used, expires, state))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def revoke(settings: Settings, token_id: str) -> None:
    """End a token and what was made with it. Raises NotFound."""
    with _database(settings):
        write(lambda tx: token.revoke(tx, token_id))


@contextmanager
def _database(settings: Settings) -> Iterator[None]:
    logs.set_up("warn", dev=True)
    require_current(settings)
    with create_app(settings).app_context():
        try:
            yield
        finally:
            writer().close()
            db.session.remove()
            db.engine.dispose()


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "-"
