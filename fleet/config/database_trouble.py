"""Why a file of a database cannot be used, in half a sentence that says what helps."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from fleet.config.database_file import DatabaseUnusable

ELSEWHERE = "or name another file with --database"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# SQLite wants as much for the index of a new write-ahead log.
ROOM_LEAST = 64 * 1024
Trouble = OSError | sqlite3.Error


def unusable(path: Path, error: Trouble) -> DatabaseUnusable:
    """The error for people, from the one that was met with the database at `path`."""
    return DatabaseUnusable(str(path), why(path, error))


def why(path: Path, error: Trouble, elsewhere: str = ELSEWHERE) -> str:
    """What stands in the way of using the file `path`, and the remedy; `elsewhere` is the other way out."""
    said, number = str(error), getattr(error, "errno", None)
    folder = path.parent
    if number in FULL or "full" in said or _has_no_room(folder):
        return f"the disk of {folder} is full; free some space on it"
    if not _seen(folder):
        return f"there is no folder {folder}; make it, {elsewhere}"
    if path.is_dir():
        return f"it is a folder; name a file in it, {elsewhere}"
    if number == errno.EROFS or os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"the disk of {folder} is mounted read-only; mount it for writing, {elsewhere}"
    for needed in (folder, path):
        if needed.exists() and not os.access(needed, os.R_OK | os.W_OK):
            return f"this user may not write {needed}; give it that right, {elsewhere}"
    return (error.strerror if isinstance(error, OSError) else None) or said


def _has_no_room(folder: Path) -> bool:
    """Whether that is why SQLite speaks of a "disk I/O error": it cannot make its index of the log."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < ROOM_LEAST and not disk.f_flag & os.ST_RDONLY


def _seen(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except PermissionError:
        return True  # something is there that we may not look at
