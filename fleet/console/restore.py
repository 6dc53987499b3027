"""`fleet restore`: a backup takes the database's place, and the journal begins anew.

Everything that can fail happens to a copy first: checks, the upgrade, the new
epoch. Only then are names changed, so that the database's leads to the old file or to the new one at any moment.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from fleet import logs
from fleet.config import Settings
from fleet.config.database_file import setting_of, url_of
from fleet.config.database_trouble import why
from fleet.console.audit_chain import by_shell
from fleet.db import Transaction
from fleet.db.upkeep import snapshot
from fleet.db.upkeep.aside import put_aside
from fleet.db.upkeep.partial import partial
from fleet.db.upkeep.upgrade import standing, upgrade
from fleet.errors import FleetError
from fleet.models import audit, host, journal
from fleet.models.audit import Broken, Entry, Link
from fleet.models.audit import anchor as anchored
from fleet.models.audit.subject_names import safe_name
from fleet.server.lock import DatabaseLock


class CannotRestore(FleetError):
    """The backup was not restored; the present database is as it was."""

    def __init__(self, why: str) -> None:
        super().__init__("RESTORE_FAILED", why)


def restore(settings: Settings, backup: Path, *, force: bool) -> str:
    """Put `backup` in the database's place, while nobody serves it; returns what was done.

    The present database is kept under another name, and put aside only with
    `force`. Where a link leads to it, the link stays. Raises DatabaseInUse,
    DatabaseUnusable, DatabaseNewer, BadCopy or CannotRestore.
    """
    logs.set_up("warn", dev=True)
    path = settings.sqlite_path
    if path is None:
        raise CannotRestore("Only SQLite is restored here; use the database's own tools for this one.")
    lock = DatabaseLock(path)
    try:
        lock.acquire()
        try:
            return _restore(settings, path, backup.expanduser().resolve(), force=force)
        finally:
            lock.release()
    except (OSError, RuntimeError, sqlite3.Error, sa.exc.DatabaseError) as error:
        origin = getattr(error, "orig", None) or error
        reason = why(path, origin) if isinstance(origin, OSError | sqlite3.Error) else str(origin)
        raise CannotRestore(f"The backup was not restored: {reason}.") from error


def _restore(settings: Settings, path: Path, backup: Path, *, force: bool) -> str:
    if not backup.is_file() or not snapshot.looks_like_sqlite(backup):
        raise snapshot.BadCopy(backup, "there is no SQLite database")
    if path.exists() and path.samefile(backup):
        raise CannotRestore(f"{backup} is the database itself.")
    if path.exists() and not force:
        raise CannotRestore(f"There is a database at {path}. With --force it is put aside and kept.")
    before = standing(replace(settings, database=setting_of(backup)))
    with partial(path.parent, f".{path.name}.restored.") as staged:
        contents = snapshot.copy(backup, staged)
        upgrade(replace(settings, database=setting_of(staged)), backup=False)  # the file that it is a copy of stays
        epoch, head = _begin_anew(staged, told(path, backup))
        _give_to_owner(staged, path)
        kept = put_aside(path) if path.exists() else None
        staged.replace(path)
    snapshot.sync(path.parent)
    unanchored = _anchor(path, head)
    lines = [f"{backup} is restored to {path}: {sum(contents.rows.values())} rows."]
    if not before.up_to_date:
        lines.append(f"It was upgraded from revision {before.current} to {before.head}.")
    lines.append(f"The journal begins anew (epoch {epoch}): every open page and reader loads afresh.")
    lines.append(f"The audit goes on from the backup's, with this as an entry. Head: {head}")
    if unanchored is not None:
        lines.append(
            f"Only its anchor could not be written; run `fleet audit anchor` once that is mended: {unanchored}."
        )
    if kept is not None:
        lines.append(f"What was there before is kept as {kept}.")
    return "\n".join(lines)


def _anchor(path: Path, head: Link) -> str | None:
    """Write the new head down beside the database; returns what stands in the way. What is restored stays restored."""
    try:
        anchored.write(path, head)
    except OSError as error:
        return why(anchored.path_of(path), error)
    return None


def told(path: Path, backup: Path) -> Entry:
    """What the audit says of a restore: from which file, and which head was given up for it."""
    entry = by_shell("database.restore")
    entry.noun, entry.subject_id = "database", safe_name(backup.name)
    with suppress(Broken):
        anchor = anchored.read(path)
        entry.part_id = str(anchor.link) if anchor is not None else None
    return entry


def _begin_anew(staged: Path, entry: Entry) -> tuple[str, Link]:
    """Give the copy's journal a new epoch, and its audit the entry; returns epoch and the audit's head."""
    engine = sa.create_engine(url_of(staged), poolclass=sa.NullPool)
    with engine.begin() as connection:
        epoch = journal.begin_epoch(connection)
        # Hosts have gone on meanwhile; their sessions are newer than these, and no sign of a copied disk.
        host.forget_sessions(connection)
        audit.append(connection, [entry], Transaction(connection))
        head = audit.ends(connection).head
    engine.dispose()
    with closing(sqlite3.connect(staged)) as connection_of_ours:
        connection_of_ours.execute("PRAGMA journal_mode = DELETE")
    snapshot.sync(staged)
    return epoch, head


def _give_to_owner(staged: Path, path: Path) -> None:
    """Restored by root, the file still belongs to whom the server runs as."""
    owner = (path if path.exists() else path.parent).stat()
    if os.geteuid() == 0:
        os.chown(staged, owner.st_uid, owner.st_gid)
        with suppress(FileNotFoundError):
            os.chown(DatabaseLock(path).path, owner.st_uid, owner.st_gid)
