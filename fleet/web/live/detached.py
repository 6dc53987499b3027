"""Connections taken from the worker: thousands of streams, one loop, no greenlet each.

Readers that follow the same thing and stand at the same place get the same
bytes object. A reader whose socket is full keeps a bounded remainder and is
dropped when it exceeds that: it comes back with its cursor and loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

import gevent
import structlog

from fleet.db.greenlets import give_way
from fleet.descriptors import GONE, WRITABLE, Descriptors
from fleet.models import journal
from fleet.web.live.feed import Feed
from fleet.web.live.followers import Followers
from fleet.web.live.frames import BEAT
from fleet.web.live.growth import Growth
from fleet.web.live.readers import Channel, Reader
from fleet.web.live.seats import Seats
from fleet.web.live.streams import BEAT_EVERY, STILL_GOOD_EVERY, Begun, Following, Pace, Step
from fleet.web.security.credentials import Grant

log = structlog.get_logger(__name__)

REMAINDER_MOST = 1 << 20
# A reader that has taken nothing of its remainder for so many seconds does not read any more.
PATIENCE = 30.0
# Others get their turn after so many sends.
SENDS_IN_A_ROW = 200


class Detached:
    """Every detached connection of this process with one tick, and the greenlet that serves them."""

    def __init__(self, feed: Feed, tick: float, seats: Seats, followers: Followers) -> None:
        self._feed = feed
        self._tick = tick
        self._seats = seats
        self._channels: dict[Following, Channel] = {}
        self._readers: dict[int, Reader] = {}
        self._sockets = Descriptors(self._ready, lambda: feed.closed)
        self._woken = threading.Event()
        self._growth = Growth(followers, self._send_all)

    def __len__(self) -> int:
        return len(self._readers)

    def add(self, sock: socket.socket, head: bytes, opening: Begun, owner: str) -> None:
        """Take over a connection: send `head` and the greeting, then what comes.

        The worker may close its own descriptor afterwards; this keeps another one.
        """
        self._start()
        reader = self._reader(os.dup(sock.fileno()), opening, owner)
        os.set_blocking(reader.fd, False)
        self._readers[reader.fd] = reader
        self._seats.take(owner)
        self._sockets.add(reader.fd, GONE)
        self._growth.add(reader)
        if self._send(reader, head + opening.greeting):
            self._seat(reader, opening)

    def _reader(self, fd: int, opening: Any, owner: str) -> Reader:
        return Reader(fd, opening.following, opening.grant, owner)

    def _seat(self, reader: Reader, opening: Any) -> None:
        """Put a reader where it begins."""
        channel = self._channels.setdefault(opening.following, Channel(opening.following))
        channel.places.setdefault(opening.position, set()).add(reader)
        self._woken.set()

    def _listen(self) -> None:
        """Be woken when there is something to send."""
        self._feed.wake_on_move(self._woken)

    def _start(self) -> None:
        if self._sockets.start():
            self._listen()
            gevent.spawn(self._serve)
            gevent.spawn(self._look_after)
            self._growth.start()

    def _serve(self) -> None:
        pace = Pace(self._tick, self._feed.head)
        while not self._feed.closed:
            self._woken.wait()
            gevent.sleep(pace.rest())
            self._woken.clear()
            pace.go(self._feed.head)
            try:
                while self._advance():
                    pass
                pace.sent(self._feed.head)
            except Exception:
                log.exception("streams could not go on; they try again")
                gevent.sleep(1.0)
                self._woken.set()
        self._drop(list(self._readers.values()))

    def _advance(self) -> bool:
        """Bring every group one step on; True while one of them is far behind, and has much to be sent.

        What came while this was sent is joined with what comes next: whoever waits for it is woken for that.
        """
        head, behind = self._feed.head, False
        for channel in list(self._channels.values()):
            for position, readers in list(channel.places.items()):
                step = self._step(channel, position, readers)
                if step is None or step.position == position:
                    continue
                del channel.places[position]
                if step.chunk:
                    self._send_all(readers, step.chunk)
                alive = {reader for reader in readers if reader.fd >= 0}
                if alive:
                    channel.places.setdefault(step.position, set()).update(alive)
                    behind = behind or step.position.seq < head
            if not channel.places:
                self._channels.pop(channel.following, None)
        if self._feed.head > head:
            self._woken.set()
        return behind

    def _step(self, channel: Channel, position: journal.Position, readers: set[Reader]) -> Step | None:
        """What comes next for these; None when that cannot be made: they go, and hold up nobody else."""
        try:
            return channel.following.advance(position)
        except Exception:
            log.exception("a stream could not go on; its readers may come back", readers=len(readers))
            self._drop(list(readers))
            channel.places.pop(position, None)
            return None

    def _send_all(self, readers: Iterable[Reader], chunk: bytes) -> None:
        """Send without waiting: what a socket does not take now is kept for it, up to REMAINDER_MOST."""
        write, size = os.write, len(chunk)
        for number, reader in enumerate(list(readers)):
            if number and number % SENDS_IN_A_ROW == 0:
                give_way()
            if reader.fd < 0:
                continue
            sent = 0
            try:
                if not reader.remainder:
                    sent = write(reader.fd, chunk)
            except BlockingIOError:
                pass
            except OSError:
                self._drop([reader])
                continue
            if sent < size:
                self._keep(reader, reader.remainder + chunk[sent:])

    def _send(self, reader: Reader, chunk: bytes) -> bool:
        """Send to one; False when the reader is gone or too far behind."""
        self._send_all([reader], chunk)
        return reader.fd >= 0

    def _keep(self, reader: Reader, remainder: bytes) -> None:
        if len(remainder) > REMAINDER_MOST:
            log.info("a stream's reader is too slow; it is dropped and may resume")
            self._drop([reader])
            return
        if not reader.remainder:
            self._sockets.change(reader.fd, WRITABLE)
            reader.full_since = time.monotonic()  # also when it has just taken a part of one
        reader.remainder = remainder

    def _ready(self, fd: int, events: int) -> None:
        """Notice who is gone and who can take more."""
        reader = self._readers.get(fd)
        if reader is None:
            return
        if events & GONE:
            self._drop([reader])
        elif events & WRITABLE:
            self._resume(reader)

    def _resume(self, reader: Reader) -> None:
        remainder, reader.remainder = reader.remainder, b""
        self._sockets.change(reader.fd, GONE)
        self._send(reader, remainder)

    def _look_after(self) -> None:
        """Every second: end the streams of credentials that are not good any more; every 15: a comment.

        Streams whose readers do not read end too, after PATIENCE.
        """
        spoke = time.monotonic()
        while not self._feed.closed:
            gevent.sleep(STILL_GOOD_EVERY)
            readers = list(self._readers.values())
            good: dict[Grant, bool] = {}
            for reader in readers:
                if reader.grant not in good:
                    good[reader.grant] = reader.grant.still_good()
            self._drop([reader for reader in readers if not good[reader.grant]])
            self.drop_stalled(time.monotonic() - PATIENCE)
            if time.monotonic() - spoke >= BEAT_EVERY:
                spoke = time.monotonic()
                self._send_all((reader for reader in readers if not reader.remainder), BEAT)

    def drop_stalled(self, since: float) -> None:
        """End the streams whose readers have taken nothing of what waits for them since a moment (monotonic)."""
        self._drop([r for r in self._readers.values() if r.remainder and r.full_since < since])

    def _drop(self, readers: Sequence[Reader]) -> None:
        for reader in readers:
            fd, reader.fd = reader.fd, -1
            if fd < 0:
                continue
            del self._readers[fd]
            self._growth.remove(reader)
            self._seats.leave(reader.owner)
            self._sockets.remove(fd)
            with contextlib.suppress(OSError):
                socket.socket(fileno=fd).close()
