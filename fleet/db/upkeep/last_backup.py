"""What was backed up last: a note beside the database, since a restored database must not bring its own."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import msgspec

from fleet.clock import now
from fleet.db.upkeep.partial import partial


class LastBackup(msgspec.Struct, frozen=True):
    """When, to where (`-` for a pipe), how many bytes, at which revision."""

    at: datetime
    file: str
    bytes: int
    revision: str


def note(database: Path, file: str, size: int, revision: str) -> None:
    """Remember a backup that was just made and checked. Raises OSError."""
    path = path_of(database)
    with partial(path.parent, f".{path.name}.") as made:
        made.write_bytes(msgspec.json.encode(LastBackup(now(), file, size, revision)))
        if os.geteuid() == 0:  # made by root, read by whom the server runs as
            owner = database.stat()
            os.chown(made, owner.st_uid, owner.st_gid)
        made.replace(path)


def last(database: Path) -> LastBackup | None:
    """The last backup that is known of, or None."""
    try:
        return msgspec.json.decode(path_of(database).read_bytes(), type=LastBackup)
    except (OSError, msgspec.DecodeError):
        return None


def path_of(database: Path) -> Path:
    """The note's file."""
    return database.with_name(f"{database.name}.last-backup")
