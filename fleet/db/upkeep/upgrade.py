"""Bringing a database to this version of Fleet, and refusing one that is not ours to bring.

Alembic's API with a configuration built here: no ini file, no working
directory, the same from a checkout and from a wheel.
"""

from __future__ import annotations

import filecmp
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from fleet import paths
from fleet.config import Settings
from fleet.config.database_file import DatabaseUnusable
from fleet.config.database_trouble import unusable, why
from fleet.db.upkeep import snapshot
from fleet.db.upkeep.partial import partial
from fleet.errors import FleetError
from fleet.logs import logger

log = logger(__name__)
BUSY = 5000  # milliseconds; nothing else runs in this process, so waiting in C is harmless here


class DatabaseNewer(FleetError):
    """The database was written by a newer Fleet; this one must not touch it."""

    def __init__(self, database: str, revision: str) -> None:
        super().__init__(
            "DATABASE_NEWER",
            f"The database {database} has revision {revision}, which this version of Fleet does"
            " not know: a newer Fleet has worked on it. Install that version again, or restore"
            " the backup that it made before its upgrade.",
        )


class DatabaseBehind(FleetError):
    """The database needs an upgrade before it can be worked on."""

    def __init__(self, database: str) -> None:
        super().__init__(
            "DATABASE_BEHIND",
            f"The database {database} is not up to date. Run `fleet db upgrade` (`fleet serve` does it by itself).",
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a database stands: its revision (None: it is new) and the code's newest one."""

    current: str | None
    head: str | None

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do."""
        return self.current == self.head


def standing(settings: Settings, migrations: Path | None = None) -> Standing:
    """Look, and change nothing. Raises DatabaseNewer or DatabaseUnusable."""
    path = settings.sqlite_path
    if path is not None and not path.exists():
        return Standing(None, _script(migrations).get_current_head())
    with _connected(settings) as connection:
        return _standing(settings, connection, _script(migrations))


def require_current(settings: Settings) -> None:
    """Raise DatabaseBehind unless the database is at this code's revision."""
    if not standing(settings).up_to_date:
        raise DatabaseBehind(settings.database)


def upgrade(settings: Settings, migrations: Path | None = None, *, backup: bool = True) -> Standing:
    """Bring the database to the newest revision; returns where it stood before.

    A SQLite file is made when there is none (readable by its owner only), and
    an older one is backed up beside itself first, unless it is itself a copy. All
    revisions are applied in one transaction. Raises DatabaseNewer or DatabaseUnusable.
    """
    path = settings.sqlite_path
    if path is not None:
        _make_file(path)
    with _connected(settings, "BEGIN IMMEDIATE") as connection:
        script = _script(migrations)
        before = _standing(settings, connection, script)
        if before.up_to_date:
            return before
        if path is not None and before.current is not None and backup:
            log.info("backing the database up before its upgrade", file=str(path), bytes=path.stat().st_size)
            log.info("database backed up", file=str(back_up(path, before.current)))
        log.info("upgrading the database", was=before.current, to=before.head)
        config = _config(migrations)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    log.info("database upgraded", was=before.current, now=before.head)
    return before


def back_up(path: Path, revision: str) -> Path:
    """Copy a database that may be in use to `<file>.backup-<revision>-<UTC time>`; returns that path.

    The copy has that name once it is whole. One that says the same was made by
    an upgrade that was killed: it stays the only one. Raises DatabaseUnusable.
    """
    beginning = f"{path.name}.backup-{revision}-"
    try:
        with partial(path.parent, f".{path.name}.backup.") as copy:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            snapshot.sync(copy)
            for before in path.parent.iterdir():
                if before.name.startswith(beginning) and filecmp.cmp(before, copy, shallow=False):
                    return before
            made = path.with_name(f"{beginning}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
            copy.rename(made)
        snapshot.sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        reason = f"the backup before its upgrade cannot be made: {why(path, error)}"
        raise DatabaseUnusable(str(path), reason) from error
    return made


def _standing(settings: Settings, connection: sa.Connection, script: ScriptDirectory) -> Standing:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        tables = sa.inspect(connection).get_table_names()
        if set(tables) - {"alembic_version"}:
            why = "it has tables, but not Fleet's; name another file with --database"
            raise DatabaseUnusable(settings.database, why)
    else:
        try:
            script.get_revision(current)
        except CommandError:
            raise DatabaseNewer(settings.database, current) from None
    connection.rollback()  # what looking has begun
    return Standing(current, script.get_current_head())


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise unusable(path, error) from error


def _script(migrations: Path | None) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(migrations))


def _config(migrations: Path | None) -> Config:
    config = Config()
    folder = str(migrations or paths.migrations())
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connected(settings: Settings, begin: str = "BEGIN") -> Iterator[sa.Connection]:
    """A connection of our own, closed with its engine: nothing may be open when the server forks."""
    engine = sa.create_engine(settings.database_url, poolclass=sa.NullPool)
    if settings.sqlite_path is not None:
        _make_transactions_real(engine, begin)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DatabaseError as error:
        if settings.sqlite_path is not None and isinstance(error.orig, sqlite3.Error):
            raise unusable(settings.sqlite_path, error.orig) from error
        raise DatabaseUnusable(settings.database, str(error.orig)) from error
    finally:
        engine.dispose()


def _make_transactions_real(engine: sa.Engine, begin: str) -> None:
    """Let CREATE TABLE belong to the transaction; sqlite3 by itself leaves half a migration behind."""

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY}")

    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    listen: Callable[..., Any] = sa.event.listen
    listen(engine, "connect", connected)
    listen(engine, "begin", begun)
