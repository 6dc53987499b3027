"""`fleet db`: what it does, in words."""

from __future__ import annotations

from fleet import logs
from fleet.config import Settings
from fleet.db.upkeep.upgrade import Standing, standing
from fleet.db.upkeep.upgrade import upgrade as bring_up
from fleet.server.lock import DatabaseLock


def upgrade(settings: Settings) -> str:
    """Upgrade while nobody serves the database; returns what was done."""
    logs.set_up(settings.log_level, dev=True)
    lock = DatabaseLock(settings.sqlite_path) if settings.sqlite_path else None
    if lock is not None:
        lock.acquire()
    try:
        before = bring_up(settings)
    finally:
        if lock is not None:
            lock.release()
    if before.up_to_date:
        return f"{settings.database_shown} is up to date, at revision {before.head}."
    was = f"from revision {before.current}" if before.current else "a new database"
    return f"{settings.database_shown} is now at revision {before.head} ({was})."


def current(settings: Settings) -> str:
    """The database's revision and the code's."""
    revision: Standing = standing(settings)
    note = "up to date" if revision.up_to_date else f"this Fleet has {revision.head}: run `fleet db upgrade`"
    return f"{settings.database_shown}: {revision.current or 'no revision'} ({note})"
