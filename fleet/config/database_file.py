"""Which file a database setting means: one, whatever links lead to it, and how SQLAlchemy is told."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fleet.errors import FleetError

SCHEME = "sqlite:///"


class DatabaseUnusable(FleetError):
    """There is no Fleet database where the settings say, and none can be made."""

    def __init__(self, database: str, why: str) -> None:
        super().__init__("DATABASE_UNUSABLE", f"The database {database} cannot be used: {why}.")


def file_of(database: str) -> Path | None:
    """The file itself, absolute, with every symbolic link followed; None when the database is not a file.

    Whatever lies beside a database (its log, the lock, the audit's anchor, the
    note of its last backup) lies beside this one: SQLite looks there, too.
    Raises DatabaseUnusable.
    """
    if database.startswith(SCHEME):
        typed = Path(database.removeprefix(SCHEME))
    elif "://" in database:
        return None
    else:
        typed = Path(database)
    try:
        return (typed if database.startswith(SCHEME) else typed.expanduser()).resolve()
    except (OSError, RuntimeError) as error:  # a circle of links, or the home of nobody
        raise DatabaseUnusable(database, f"{error}; name another file with --database") from error


def url_of(path: Path) -> str:
    """A file as an address for SQLAlchemy, which takes `%41` for an A."""
    return f"{SCHEME}{quote(str(path))}"


def setting_of(path: Path) -> str:
    """A file as a setting that means this very file, whatever its name."""
    return f"{SCHEME}{path}"
