"""Whether the mail server takes what Fleet sends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from fleet.config import Settings
from fleet.console.doctor.finding import Finding, ok, warning
from fleet.db.upkeep.snapshot import connect

STANDING = "SELECT text FROM notices WHERE kind = 'mail' AND resolved_at IS NULL"


def mail(settings: Settings) -> Iterator[Finding]:
    """What stands in the database about it; nothing is sent for that."""
    path = settings.sqlite_path
    if path is None or not path.is_file():
        return
    try:
        with closing(connect(path)) as connection:
            found = connection.execute(STANDING).fetchone()
    except sqlite3.Error:
        return  # the database's own check says what is wrong with it
    if found:
        yield warning("mail", found[0], "Put them right, start Fleet again, and test a channel on /account/notices.")
    elif settings.smtp_url:
        yield ok("mail", "Nothing is known against the mail server.")
