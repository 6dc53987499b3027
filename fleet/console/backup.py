"""`fleet backup`: a checked copy of the database, also while the server writes to it."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

from fleet.config import Settings
from fleet.config.database_trouble import why
from fleet.db.upkeep import last_backup, snapshot
from fleet.db.upkeep.partial import partial
from fleet.db.upkeep.size import readable
from fleet.errors import FleetError

PIPE = "-"


class CannotBackUp(FleetError):
    """There is nothing to copy, or nowhere to put the copy."""

    def __init__(self, why: str) -> None:
        super().__init__("BACKUP_FAILED", why)


def backup(settings: Settings, target: str) -> str:
    """Copy the database to the file `target` or, for `-`, to standard output; returns what was copied.

    The copy is made beside the target, readable by its owner only, checked,
    and then takes the target's name: there is a whole backup or none. Raises
    CannotBackUp or BadCopy; an older backup under that name is then untouched.
    """
    source = sqlite_file(settings)
    place = Path(tempfile.gettempdir()) / "copy" if target == PIPE else resolved(target)
    try:
        return _to_pipe(source) if target == PIPE else _to_file(source, place)
    except BrokenPipeError as error:
        raise CannotBackUp("The backup was not made: nobody reads it to its end.") from error
    except (OSError, sqlite3.Error) as error:
        raise CannotBackUp(f"The backup was not made: {why(place, error, 'or name another place')}.") from error


def resolved(target: str) -> Path:
    """The file that is meant, links and all: the backup takes the place of what a link points to."""
    try:
        return Path(target).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise CannotBackUp(f"The backup was not made: {error}.") from error


def sqlite_file(settings: Settings) -> Path:
    """The database's file, which must exist. Raises CannotBackUp."""
    path = settings.sqlite_path
    if path is None:
        raise CannotBackUp("Only SQLite is backed up here; use the database's own tools for this one.")
    if not path.is_file():
        raise CannotBackUp(f"There is no database at {path}; name it with --database.")
    return path


def _to_file(source: Path, target: Path) -> str:
    if target.exists():
        _refuse_to_lose(source, target)
    with partial(target.parent, f".{target.name}.") as copy:
        contents = snapshot.copy(source, copy)
        size = copy.stat().st_size
        copy.replace(target)
    snapshot.sync(target.parent)
    return f"{target}: {_told(contents, size)}{noted(source, str(target), size, contents)}"


def _to_pipe(source: Path) -> str:
    if sys.stdout.isatty():
        raise CannotBackUp("A database is nothing for a terminal: pipe it somewhere, or name a file.")
    with partial(Path(tempfile.gettempdir()), "fleet-backup.") as copy:
        contents = snapshot.copy(source, copy)
        with copy.open("rb") as whole:
            shutil.copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        size = copy.stat().st_size
    return f"standard output: {_told(contents, size)}{noted(source, PIPE, size, contents)}"


def noted(source: Path, file: str, size: int, found: snapshot.Contents) -> str:
    """Leave the note of a backup that is whole; returns what is to be said where that cannot be done."""
    try:
        last_backup.note(source, file, size, str(found.revision))
    except OSError as error:
        reason = why(last_backup.path_of(source), error, "or run this as the user who serves it")
        return f"\nOnly the note of it could not be written, so Fleet's pages do not know of it: {reason}."
    return ""


def _refuse_to_lose(source: Path, target: Path) -> None:
    if target.samefile(source):
        raise CannotBackUp(f"{target} is the database itself; name another file.")
    if not target.is_file() or not snapshot.looks_like_sqlite(target):
        raise CannotBackUp(f"{target} exists and is no older backup; it is left alone.")


def _told(contents: snapshot.Contents, size: int) -> str:
    rows = sum(contents.rows.values())
    summary = f"{readable(size)}, revision {contents.revision}, {rows} rows in {len(contents.rows)} tables, checked."
    return f"{summary} Audit head: {contents.audit_head}" if contents.audit_head else summary
