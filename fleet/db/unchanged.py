"""What was read from a database in which nobody has written since: kept as it was encoded.

SQLite tells each connection whether another one has committed (`PRAGMA
data_version`), whichever process that was. Readers never write, so a reader's
number stands for all that it can see. On another database nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from sqlalchemy import Connection

BYTES_MOST = 4 * 2**20  # of one connection
NAME = "fleet.unchanged"


class Unchanged:
    """What one connection has read at one state of the database."""

    __slots__ = ("bytes", "texts", "version")

    def __init__(self, version: int) -> None:
        self.version = version
        self.texts: dict[Hashable, bytes] = {}
        self.bytes = 0

    def keep(self, key: Hashable, text: bytes) -> None:
        """Keep a text unless there are too many already."""
        if self.bytes + len(text) <= BYTES_MOST:
            self.bytes += len(text)
            self.texts[key] = text


def recalled(connection: Connection, key: Hashable, make: Callable[[], bytes]) -> bytes:
    """What `make` made under `key` by this connection, unless somebody has committed since; else what it makes now.

    `make` may read nothing but this database: no clock, nobody's rights.
    """
    version = data_version(connection)
    if version is None:
        return make()
    kept: Unchanged | None = connection.info.get(NAME)
    if kept is None or kept.version != version:
        kept = connection.info[NAME] = Unchanged(version)
    text = kept.texts.get(key)
    if text is None:
        # A commit in between brings a newer text under the older number, which the next call sees is past.
        text = make()
        kept.keep(key, text)
    return text


def data_version(connection: Connection) -> int | None:
    """The number that changes with every commit of others; None where the database has none."""
    if connection.dialect.name != "sqlite":
        return None
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA data_version")
        row = cursor.fetchone()
    finally:
        cursor.close()
    return int(row[0]) if row else None
