"""The one way to write: pieces of work, run together, one durable commit for all.

SQLite has one writer. A greenlet that yields inside a write transaction while
another one writes freezes the process (SQLite waits in C), so every write goes
through here: callers queue their work, one of them leads and runs all that is
queued in one transaction, and each caller returns after the shared commit
(contract I1: committed before the reply).

Those who do not lead wait at the gate of their batch, which its leader opens.

The commit, which waits for the disk, runs in gevent's thread pool when the
process is patched: the loop goes on serving reads and gathers the next batch.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from fleet.bus import News
from fleet.db.greenlets import Gate, gather, in_thread, new_gate
from fleet.db.long_reads import WRITING
from fleet.db.meter import Meter
from fleet.db.prepared import Prepared
from fleet.db.transaction import Announcement, Transaction
from fleet.errors import StorageUnavailable
from fleet.logs import logger

log = logger(__name__)
T = TypeVar("T")
Journal = Callable[[Connection, list[Announcement], Transaction], list[News]]
Notice = Callable[[list[News]], None]
Record = Callable[[Connection, list[Any], Transaction], None]
MAX_BATCH = 256
SAVEPOINT, RELEASE, UNDO = (Prepared(text(f"{word} work")) for word in ("SAVEPOINT", "RELEASE", "ROLLBACK TO"))
# A batch takes no more work after this long (seconds): nobody else is served meanwhile.
LONGEST = 0.025


class Work(Generic[T]):
    """One caller's piece of work and, afterwards, what came of it."""

    __slots__ = ("announcements", "context", "done", "entries", "error", "result", "verb")

    def __init__(self, verb: Callable[[Transaction], T]) -> None:
        self.verb = verb
        # Whose request this is, and which: the leader of the batch runs the verb, and must not lend it theirs.
        self.context = copy_context()
        self.done = False
        self.result: T | None = None
        self.error: BaseException | None = None
        self.announcements: list[Announcement] = []
        self.entries: list[Any] = []


class Writer:
    """Runs pieces of work one batch at a time on a connection of its own.

    `journal` writes a batch's announcements as rows and returns their news;
    `notice` is told that news after the commit; `record` writes the audit's entries.
    """

    def __init__(self, engine: Engine, journal: Journal, notice: Notice, record: Record | None = None) -> None:
        self.meter = Meter()
        self._engine = engine
        self._journal = journal
        self._notice = notice
        self._record = record
        self._queue: deque[Work[Any]] = deque()
        self._lock = threading.Lock()
        # Somebody is on the way to the lock to lead those who wait at the gate.
        self._led = False
        self._gate = new_gate()
        self._connection: Connection | None = None
        self._ended = False

    def write(self, verb: Callable[[Transaction], T]) -> T:
        """Run `verb` in a write transaction and return its result once that is committed.

        What `verb` raises is raised here and nothing of it is kept. Raises
        StorageUnavailable when the database or its disk refuses.
        """
        work: Work[T] = Work(verb)
        gate = self._gate  # before looking whether somebody leads: anybody who does will open this one
        self._queue.append(work)
        if self._led:
            gate.wait()
        else:
            self._led = True
        while not work.done:  # it leads, or its batch was full
            self._lead(work)
        if work.error is not None:
            raise work.error
        return cast(T, work.result)

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._forget_connection()

    def end(self) -> None:
        """Give the connection back and write no more: StorageUnavailable for anybody who still wants to."""
        self._ended = True
        self.close()

    def _lead(self, work: Work[Any]) -> None:
        """Run the next batch once the one before it is over, unless that had `work` in it."""
        gate: Gate | None = None
        try:
            with self._lock:
                gather()
                # In this order: who comes from here on leads the next batch, or waits at a gate that is opened.
                self._led = False
                gate, self._gate = self._gate, new_gate()
                if not work.done:
                    self._run_batch()
        finally:
            if gate is None:  # killed on the way to the lock; others must not wait for it
                self._led = False
                gate, self._gate = self._gate, new_gate()
            gate.set()

    def _run_batch(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]
        failure: BaseException | None = StorageUnavailable("The write was interrupted.")
        news: list[News] = []
        thrown: BaseException | None = None
        try:
            news, thrown = self._commit_together(batch)
            failure = None
        except StorageUnavailable as error:
            failure = error
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
        """Run the batch, or as much of it as there is time for: the rest goes back into the queue."""
        if self._ended:
            raise StorageUnavailable("The server stops; nothing was changed.")
        connection = self._open()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            transaction = Transaction(connection)
            enough = time.perf_counter() + LONGEST
            for done, work in enumerate(batch, 1):
                self._run_one(connection, work, transaction)
                if time.perf_counter() > enough:
                    self._queue.extendleft(reversed(batch[done:]))
                    del batch[done:]
            announcements = [a for work in batch for a in work.announcements]
            news = self._journal(connection, announcements, transaction) if announcements else []
            entries = [entry for work in batch for entry in work.entries]
            if entries and self._record is not None:
                self._record(connection, entries, transaction)
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
        SAVEPOINT.run(connection)
        try:
            work.result = work.context.run(work.verb, transaction)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  # raised again where the work came from
            UNDO.run(connection)
            work.error = error
        else:
            work.announcements, work.entries = transaction.announcements, transaction.entries
        RELEASE.run(connection)

    def _open(self) -> Connection:
        if self._connection is None:
            # AUTOCOMMIT keeps SQLAlchemy and sqlite3 from beginning by themselves.
            connection = self._engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT", **WRITING)
        return self._connection

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def storage_error(error: Exception) -> StorageUnavailable:
    """What a database's or a disk's refusal means to a caller."""
    text = str(getattr(error, "orig", None) or error)
    full = "full" in text or "No space left" in text
    meaning = "The disk is full" if full else "The database cannot be written right now"
    return StorageUnavailable(f"{meaning}; nothing was changed.", full=full)
