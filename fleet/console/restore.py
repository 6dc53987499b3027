"""`fleet restore`: a backup takes the database's place, and the journal begins anew.

Everything that can fail happens to a copy first: checks, the upgrade, the new
epoch. Only then are two names changed.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from fleet import logs
from fleet.config import Settings
from fleet.console.audit_chain import by_shell
from fleet.console.backup import temporary
from fleet.db import Transaction
from fleet.db.upkeep import snapshot
from fleet.db.upkeep.upgrade import standing, upgrade
from fleet.errors import FleetError
from fleet.models import audit, journal
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
    `force`. Raises DatabaseInUse, DatabaseNewer, BadCopy or CannotRestore.
    """
    logs.set_up("warn", dev=True)
    path = settings.sqlite_path
    if path is None:
        raise CannotRestore("Only SQLite is restored here; use the database's own tools for this one.")
    lock = DatabaseLock(path)
    try:
        lock.acquire()
        try:
            return _restore(settings, path, backup.expanduser().absolute(), force=force)
        finally:
            lock.release()
    except (OSError, sqlite3.Error, sa.exc.SQLAlchemyError) as error:
        raise CannotRestore(f"The backup was not restored: {error}.") from error


def _restore(settings: Settings, path: Path, backup: Path, *, force: bool) -> str:
    if not backup.is_file() or not snapshot.looks_like_sqlite(backup):
        raise snapshot.BadCopy(backup, "there is no SQLite database")
    if path.exists() and path.samefile(backup):
        raise CannotRestore(f"{backup} is the database itself.")
    if path.exists() and not force:
        raise CannotRestore(f"There is a database at {path}. With --force it is put aside and kept.")
    before = standing(replace(settings, database=str(backup)))
    with temporary(path.parent, f".{path.name}.") as staged:
        found = snapshot.copy(backup, staged)
        _bring_up(settings, staged)
        epoch, head = _begin_anew(staged, told(path, backup))
        _give_to_owner(staged, path)
        kept = _put_aside(path) if path.exists() else None
        staged.replace(path)
        anchored.write(path, head)
    snapshot.sync(path.parent)
    lines = [f"{backup} is restored to {path}: {sum(found.rows.values())} rows."]
    if not before.up_to_date:
        lines.append(f"It was upgraded from revision {before.current} to {before.head}.")
    lines.append(f"The journal begins anew (epoch {epoch}): every open page and reader loads afresh.")
    lines.append(f"The audit goes on from the backup's, with this as an entry. Head: {head}")
    if kept is not None:
        lines.append(f"What was there before is kept as {kept}.")
    return "\n".join(lines)


def _bring_up(settings: Settings, staged: Path) -> None:
    """Upgrade the copy; the backup that an upgrade makes is one of a file that stays anyway."""
    upgrade(replace(settings, database=str(staged)))
    for spare in staged.parent.glob(f"{staged.name}.backup-*"):
        spare.unlink()


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
    engine = sa.create_engine(f"sqlite:///{staged}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        epoch = journal.begin_epoch(connection)
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


def _put_aside(path: Path) -> Path:
    """Rename the present database; a broken one goes with its log and index, as it lies."""
    with suppress(sqlite3.Error), closing(snapshot.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    kept = path.with_name(f"{path.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    # The log first: without its database it is nothing, and beside another one it would do harm.
    for ending in ("-wal", "-shm", "", ".audit-anchor"):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{ending}").rename(kept.with_name(f"{kept.name}{ending}"))
    return kept
