"""Reads that go through a whole table: SQLite looks in a thread of its own, and the loop serves others meanwhile.

Counting ten thousand agents takes 20 ms, searching twenty thousand tasks 40, nearly all of them in SQLite, which
needs nothing of Python for that. It stays one statement, so that what is counted adds up. A statement says that
it is `long`; in a write transaction, where nobody may wait, it is executed as any other.

The threads have connections of their own: each remembers what it has read of the file (PRAGMAS' `cache_size`), and
of two the whole table, instead of a part of it in every one of the pool's.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.pool import Pool

from fleet.db.greenlets import in_thread, in_turns

Statement = TypeVar("Statement", bound=Executable)
# Execution options: of a statement that is long, and of the connection that writes.
IS_LONG, WRITES = "fleet_long", "fleet_writes"
LONG, WRITING = {IS_LONG: True}, {WRITES: True}
# So many at a time, whoever asks: a commit needs a thread, too, and this process has few.
AT_ONCE = 2


def long(statement: Statement) -> Statement:
    """The statement, which takes the longer the more there is."""
    return statement.execution_options(**LONG)


def read(connection: Connection, statement: Executable) -> Sequence[Row[Any]]:
    """Every row that a long statement finds: a thousand wide ones take as long to be made as to be found."""
    found = connection.execute(long(statement))
    return found.all() if WRITES in connection.get_execution_options() else [*in_turns(found)]


def is_long(options: Mapping[str, Any]) -> bool:
    """Whether what has these execution options, its connection's included, is to be executed aside."""
    return IS_LONG in options and WRITES not in options


def prepare(engine: Engine) -> None:
    """Have the long statements on this engine's connections executed aside."""
    if engine.dialect.name != "sqlite":
        return
    aside = Aside(engine.pool)

    @event.listens_for(engine, "do_execute")
    def execute(_cursor: object, statement: str, parameters: Any, context: Any) -> bool | None:
        if not is_long(context.execution_options):
            return None
        description, rows = aside.execute(statement, parameters)
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(None, description, rows)
        return True

    @event.listens_for(engine, "engine_disposed")
    def dispose(_engine: Engine) -> None:
        aside.dispose()


class Aside:
    """The connections for long reads, made as those of a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool.recreate()
        self._seats = threading.BoundedSemaphore(AT_ONCE)

    def execute(self, statement: str, parameters: Any) -> tuple[Any, list[Any]]:
        """What the columns are, and every row. Raises what the driver raises."""
        found: list[Any] = []

        def run() -> None:
            cursor.execute(statement, parameters)
            found.extend(cursor.fetchall())

        with self._seats:
            connection = self._pool.connect()
            try:
                cursor = connection.cursor()
                thrown = in_thread(run)
            finally:
                connection.close()
        if thrown is not None:
            raise thrown
        return cursor.description, found

    def dispose(self) -> None:
        """Close them; whoever reads once more has others."""
        self._pool.dispose()
        self._pool = self._pool.recreate()
