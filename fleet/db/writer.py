"""The one way to write: pieces of work, run together, one durable commit for all.

SQLite has one writer. A greenlet that yields inside a write transaction while
another one writes freezes the process (SQLite waits in C), so every write goes
through here: callers queue their work, whoever holds the lock runs all that is
queued in one transaction, and each caller returns after the shared commit
(contract I1: committed before the reply).

The commit, which waits for the disk, runs in gevent's thread pool when the
process is patched: the loop goes on serving reads and gathers the next batch.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from gevent import get_hub, monkey
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from fleet.bus import News
from fleet.db.meter import Meter
from fleet.db.transaction import Announcement, Transaction
from fleet.errors import StorageUnavailable
from fleet.logs import logger

log = logger(__name__)
T = TypeVar("T")
Journal = Callable[[Connection, list[Announcement], Transaction], list[News]]
Notice = Callable[[list[News]], None]
MAX_BATCH = 256


class Work(Generic[T]):
    """One caller's piece of work and, afterwards, what came of it."""

    __slots__ = ("announcements", "done", "error", "result", "verb")

    def __init__(self, verb: Callable[[Transaction], T]) -> None:
        self.verb = verb
        self.done = False
        self.result: T | None = None
        self.error: BaseException | None = None
        self.announcements: list[Announcement] = []


class Writer:
    """Runs pieces of work one batch at a time on a connection of its own.

    `journal` writes a batch's announcements as rows and returns their news;
    `notice` is told that news after the commit.
    """

    def __init__(self, engine: Engine, journal: Journal, notice: Notice) -> None:
        self.meter = Meter()
        self._engine = engine
        self._journal = journal
        self._notice = notice
        self._queue: deque[Work[Any]] = deque()
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def write(self, verb: Callable[[Transaction], T]) -> T:
        """Run `verb` in a write transaction and return its result once that is committed.

        What `verb` raises is raised here and nothing of it is kept. Raises
        StorageUnavailable when the database or its disk refuses.
        """
        work: Work[T] = Work(verb)
        self._queue.append(work)
        while not work.done:
            with self._lock:
                if not work.done:
                    self._run_batch()
        if work.error is not None:
            raise work.error
        return cast(T, work.result)

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._forget_connection()

    def _run_batch(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]
        failure: BaseException | None = StorageUnavailable("The write was interrupted.")
        news: list[News] = []
        thrown: BaseException | None = None
        try:
            news, thrown = self._commit_together(batch)
            failure = None
        except (DBAPIError, OSError) as error:
            self._forget_connection()
            failure = storage_error(error)
        finally:
            # Also when this greenlet is killed: nobody may take an uncommitted result for a good one.
            for work in batch:
                work.error = work.error or failure
                work.done = True
        if news:
            try:
                self._notice(news)
            except Exception:
                # What is committed stays so; readers look at the journal by themselves too.
                log.exception("the news of a commit did not get around")
        if thrown is not None:
            raise thrown

    def _commit_together(self, batch: list[Work[Any]]) -> tuple[list[News], BaseException | None]:
        connection = self._open()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            transaction = Transaction(connection)
            for work in batch:
                self._run_one(connection, work, transaction)
            announcements = [a for work in batch for a in work.announcements]
            news = self._journal(connection, announcements, transaction) if announcements else []
            began = time.perf_counter()
            thrown = in_thread(connection.commit)
            self.meter.committed(len(batch), time.perf_counter() - began)
        except BaseException:
            connection.rollback()
            raise
        return news, thrown

    def _run_one(self, connection: Connection, work: Work[Any], shared: Transaction) -> None:
        """Run one piece of work; what it raises undoes its own statements only."""
        transaction = Transaction(connection, shared.now)
        connection.exec_driver_sql("SAVEPOINT work")
        try:
            work.result = work.verb(transaction)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  # raised again where the work came from
            connection.exec_driver_sql("ROLLBACK TO work")
            work.error = error
        else:
            work.announcements = transaction.announcements
        connection.exec_driver_sql("RELEASE work")

    def _open(self) -> Connection:
        if self._connection is None:
            # AUTOCOMMIT keeps SQLAlchemy and sqlite3 from beginning by themselves.
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def in_thread(call: Callable[[], None]) -> BaseException | None:
    """Run `call` off the event loop if there is one, and wait for its end whatever happens.

    Returns what was thrown into this greenlet meanwhile, to be raised when the
    others know their results: a commit goes on although its leader is killed.
    """
    if not monkey.is_module_patched("threading"):
        call()
        return None
    thrown: BaseException | None = None
    done = get_hub().threadpool.spawn(call)
    while not done.ready():
        try:
            done.wait()
        except BaseException as error:  # noqa: BLE001  # a kill is none of Exception's; raised by the caller
            thrown = error
    done.get()
    return thrown


def storage_error(error: Exception) -> StorageUnavailable:
    """What a database's or a disk's refusal means to a caller."""
    text = str(getattr(error, "orig", None) or error)
    full = "full" in text or "No space left" in text
    meaning = "The disk is full" if full else "The database cannot be written right now"
    return StorageUnavailable(f"{meaning}; nothing was changed.", full=full)
