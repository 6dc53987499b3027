"""What was backed up last: a note beside the database, since a restored database must not bring its own."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import msgspec

from fleet.clock import now


class LastBackup(msgspec.Struct, frozen=True):
    """When, to where (`-` for a pipe), how many bytes, at which revision."""

    at: datetime
    file: str
    bytes: int
    revision: str


def note(database: Path, file: str, size: int, revision: str) -> None:
    """Remember a backup that was just made and checked."""
    path = _path(database)
    partial = path.with_name(f"{path.name}.new")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if os.geteuid() == 0:  # made by root, read by whom the server runs as
        owner = database.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    with os.fdopen(descriptor, "wb") as written:
        written.write(msgspec.json.encode(LastBackup(now(), file, size, revision)))
    partial.replace(path)


def last(database: Path) -> LastBackup | None:
    """The last backup that is known of, or None."""
    try:
        return msgspec.json.decode(_path(database).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None


def _path(database: Path) -> Path:
    return database.with_name(f"{database.name}.last-backup")
