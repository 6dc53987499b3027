"""The process's one reader of the journal.

Every stream has a cursor and asks the feed for what came after it: from a ring
of the latest changes in memory, else from the journal itself. So replay after a
gap and live delivery are one code path, nothing is queued per reader, and a
reader that is slow simply comes back with an older cursor.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from flask import Flask

from fleet.bus import Bus, News
from fleet.db import db
from fleet.db.record import Record
from fleet.models import journal

log = structlog.get_logger(__name__)

RING = 8192
BATCH = 1000
# News can be lost between processes; the journal is looked at this often anyway.
LOOK_EVERY = 5.0


class Reset(Exception):
    """The cursor is of another epoch or older than the journal: start anew from `position`."""

    def __init__(self, reason: str, position: journal.Position) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


class Watch:
    """Wakes its holder when relevant news comes; what comes between two waits is not lost."""

    def __init__(self, relevant: Callable[[News], bool]) -> None:
        self.relevant = relevant
        self._event = threading.Event()

    def hear(self, news: Sequence[News]) -> None:
        """Called by the feed for every batch of news."""
        if any(self.relevant(item) for item in news):
            self._event.set()

    def wait(self, seconds: float) -> bool:
        """Wait for relevant news; False when there was none for `seconds`."""
        heard = self._event.wait(seconds)
        self._event.clear()
        return heard

    def wake(self) -> None:
        """Wake the holder without news: the server stops."""
        self._event.set()


class Feed:
    """Follows the journal and lets any number of readers follow it."""

    def __init__(self, app: Flask, bus: Bus) -> None:
        self._app = app
        self._bus = bus
        self._ring: deque[Record] = deque(maxlen=RING)
        self._watches: set[Watch] = set()
        self._followers: list[threading.Event] = []
        self._news = threading.Event()
        self._moved = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self.epoch = ""
        self.head = 0
        self.closed = False
        bus.listen(self._hear)

    def position(self) -> journal.Position:
        """The newest position that readers can be brought to."""
        self.start()
        return journal.Position(self.epoch, self.head)

    def start(self) -> None:
        """Begin to follow the journal, on first use: after a fork, never before."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                with self._app.app_context(), db.engine.connect() as connection:
                    row = journal.state(connection)
                self.epoch, self.head = row.epoch, row.head
                self._thread = threading.Thread(target=self._follow, name="feed", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End every stream and long poll: the server stops."""
        self.closed = True
        self._news.set()
        self._tell_moved()
        for watch in tuple(self._watches):
            watch.wake()

    def after(self, position: journal.Position) -> Sequence[Record]:
        """At most BATCH changes after `position`, in order; none when it is the head.

        Raises Reset when the journal cannot tell any more what came after it.
        """
        self.start()
        if position.epoch != self.epoch or position.seq > self.head:
            raise Reset("epoch", journal.Position(self.epoch, self.head))
        if position.seq == self.head:
            return ()
        if self._ring and self._ring[0].seq <= position.seq + 1:
            first = bisect_right(self._ring, position.seq, key=lambda row: row.seq)
            return [self._ring[i] for i in range(first, min(first + BATCH, len(self._ring)))]
        return self._read(position)

    def wait(self, seq: int, seconds: float) -> bool:
        """Wait until there is something after `seq`; False when there was nothing for `seconds`."""
        moved = self._moved
        if self.head > seq or self.closed:
            return True
        return moved.wait(seconds)

    def wake_on_move(self, event: threading.Event) -> None:
        """Set `event` whenever the head has moved, and when the server stops; for the process's life."""
        self._followers.append(event)

    @contextmanager
    def waking(self, event: threading.Event) -> Iterator[None]:
        """The same as long as this lasts."""
        self._followers.append(event)
        try:
            yield
        finally:
            self._followers.remove(event)

    @contextmanager
    def watch(self, relevant: Callable[[News], bool]) -> Iterator[Watch]:
        """A watch for a long poll, heard from the moment of entering."""
        watch = Watch(relevant)
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def _hear(self, news: Sequence[News]) -> None:
        self._news.set()
        for watch in tuple(self._watches):
            watch.hear(news)

    def _follow(self) -> None:
        while not self.closed:
            self._news.wait(LOOK_EVERY)
            self._news.clear()
            try:
                while self._advance() == BATCH:
                    pass
            except Exception:
                log.exception("the feed could not read the journal")
                threading.Event().wait(1.0)

    def _advance(self) -> int:
        with self._app.app_context(), db.engine.connect() as connection:
            rows = journal.after(connection, self.head, BATCH)
        if rows:
            self._ring.extend(rows)
            self.head = rows[-1].seq
            self._tell_moved()
        return len(rows)

    def _tell_moved(self) -> None:
        moved, self._moved = self._moved, threading.Event()
        moved.set()
        for event in tuple(self._followers):
            event.set()

    def _read(self, position: journal.Position) -> Sequence[Record]:
        with self._app.app_context(), db.engine.connect() as connection:
            rows = journal.after(connection, position.seq, BATCH)
            # The floor is looked at last: what is pruned in between must not be passed over silently.
            if position.seq < journal.state(connection).floor:
                raise Reset("too_old", journal.Position(self.epoch, self.head))
        return [row for row in rows if row.seq <= self.head]
