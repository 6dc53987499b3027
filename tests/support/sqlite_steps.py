"""How much SQLite does for a question, counted in the steps of its virtual machine: the same on every machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast
from unittest.mock import patch

from sqlalchemy import Connection, Engine, event

from fleet.db import long_reads

EVERY = 10


@contextmanager
def steps(connection: Connection) -> Iterator[Callable[[], int]]:
    """Count on this connection from now on; what is given says how many steps there were, to the nearest ten.

    Long reads are counted, too: meanwhile they are executed as any other.
    """
    driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    count = 0

    def step() -> int:
        nonlocal count
        count += EVERY
        return 0

    driver.set_progress_handler(step, EVERY)
    try:
        with patch.object(long_reads, "is_long", return_value=False):
            yield lambda: count
    finally:
        driver.set_progress_handler(None, 0)


@contextmanager
def steps_on_the_loop(engine: Engine) -> Iterator[Callable[[], int]]:
    """Count on all connections, opened from now on, what holds up the event loop: all but long reads."""
    count, aside = 0, False
    in_thread = long_reads.in_thread

    def step() -> int:
        nonlocal count
        count += 0 if aside else EVERY
        return 0

    def look_aside(call: Callable[[], None]) -> BaseException | None:
        nonlocal aside
        aside = True
        try:
            return in_thread(call)
        finally:
            aside = False

    def watch(driver: sqlite3.Connection, _record: object) -> None:
        driver.set_progress_handler(step, EVERY)

    event.listen(engine, "connect", watch)
    engine.dispose()
    try:
        with patch.object(long_reads, "in_thread", look_aside):
            yield lambda: count
    finally:
        event.remove(engine, "connect", watch)
        engine.dispose()
