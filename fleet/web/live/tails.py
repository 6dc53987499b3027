"""Streams of what grows beside the journal: a command's output, a host's metrics.

Each is looked at when somebody tells of its subject, and now and then by itself.
A reader whose socket is full is not read for until it has taken what it has: it
keeps the server waiting, never the server's memory.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import gevent
import structlog

from fleet.db.greenlets import give_way
from fleet.web.live.detached import Detached
from fleet.web.live.feed import Feed
from fleet.web.live.followers import Call, Followers
from fleet.web.live.frames import BEAT
from fleet.web.live.readers import Reader
from fleet.web.live.seats import Seats
from fleet.web.live.streams import BEAT_EVERY, STILL_GOOD_EVERY
from fleet.web.security.credentials import Grant

log = structlog.get_logger(__name__)

# Seconds: what comes within this time is joined; and after which nobody relies on having been told.
GATHER, LOOK_EVERY = 0.02, 5.0
# Bytes that are worth a call of the system by themselves: a reader who was sent so many is not made to wait for more
# to join them, else a log would come at so many every GATHER and no faster.
ENOUGH = 1 << 15


@dataclass(frozen=True, slots=True)
class TailStep:
    """What to send now (perhaps nothing), where the reader stands afterwards, and whether that is the end."""

    position: Hashable
    chunk: bytes
    ends: bool = False


class Tail(Protocol):
    """What is followed. Equal ones give the same bytes from the same place; `advance` needs no application's context."""

    @property
    def subject(self) -> str:
        """What `Followers` are told of."""

    def __hash__(self) -> int:
        """Equal ones hash equal."""

    def advance(self, position: Hashable) -> TailStep:
        """What comes after `position`; the same position when there is nothing."""


@dataclass(frozen=True, slots=True)
class TailOpening:
    """A stream about to begin: of what, where from, with which first bytes, by which right."""

    following: Tail
    position: Hashable
    grant: Grant
    greeting: bytes = BEAT


class TailReader(Reader):
    """One connection, and where it stands by itself."""

    __slots__ = ("leaving", "position")

    def __init__(self, fd: int, opening: TailOpening, owner: str) -> None:
        super().__init__(fd, opening.following, opening.grant, owner)
        self.position = opening.position
        self.leaving = False  # everything has been said; it goes once it has taken that


class Tails(Detached):
    """Every detached connection that follows a subject of `Followers`."""

    def __init__(self, feed: Feed, followers: Followers, seats: Seats) -> None:
        super().__init__(feed, GATHER, seats, followers)
        self._followers = followers
        self._of: dict[str, set[TailReader]] = {}
        self._calls: dict[str, Call] = {}
        self._due: set[TailReader] = set()

    def _reader(self, fd: int, opening: Any, owner: str) -> Reader:
        return TailReader(fd, opening, owner)

    def _listen(self) -> None:
        """The journal's moves are nothing to it."""

    def _seat(self, reader: Reader, opening: Any) -> None:
        assert isinstance(reader, TailReader)
        subject = opening.following.subject
        if subject not in self._of:
            self._of[subject] = set()
            self._calls[subject] = partial(self._told, subject)
            self._followers.call(subject, self._calls[subject])
        self._of[subject].add(reader)
        self._look_at(reader)

    def _told(self, subject: str) -> None:
        self._due |= self._of.get(subject, set())
        self._woken.set()

    def _look_at(self, reader: TailReader) -> None:
        self._due.add(reader)
        self._woken.set()

    def _serve(self) -> None:
        while not self._feed.closed:
            if not self._woken.wait(LOOK_EVERY):
                self._due.update(reader for readers in self._of.values() for reader in readers)
            self._woken.clear()
            due, self._due = self._due, set()
            rest = GATHER
            try:
                rest = rest_after(self._advance_each(due))
            except Exception:
                log.exception("streams could not go on; they try again")
                gevent.sleep(1.0)
                self._due |= {reader for reader in due if reader.fd >= 0}
                self._woken.set()
            gevent.sleep(rest)
        self._drop(list(self._readers.values()))

    def _advance_each(self, due: set[TailReader]) -> int:
        """Bring each of these one step on; those who stand at the same place get the same bytes.

        Returns how many bytes the largest step has brought.
        """
        most = 0
        steps: dict[tuple[Tail, Hashable], TailStep] = {}
        for reader in due:
            if reader.fd < 0 or reader.remainder or reader.leaving:
                continue  # one with a remainder goes on as soon as it has taken that
            key = (reader.following, reader.position)
            if key not in steps:
                steps[key] = reader.following.advance(reader.position)
                give_way()
            step = steps[key]
            most = max(most, len(step.chunk))
            moved, reader.position = step.position != reader.position, step.position
            if step.chunk and not self._send(reader, step.chunk):
                continue
            if step.ends:
                self._part_with(reader)
            elif moved and not reader.remainder:
                self._look_at(reader)
        return most

    def _part_with(self, reader: TailReader) -> None:
        if reader.remainder:
            reader.leaving = True
        else:
            self._drop([reader])

    def _resume(self, reader: Reader) -> None:
        super()._resume(reader)
        if isinstance(reader, TailReader) and reader.fd >= 0 and not reader.remainder:
            if reader.leaving:
                self._drop([reader])
            else:
                self._look_at(reader)

    def _drop(self, readers: Sequence[Reader]) -> None:
        super()._drop(readers)
        for reader in readers:
            assert isinstance(reader, TailReader)
            subject = reader.following.subject
            others = self._of.get(subject)
            if others is None:
                continue
            others.discard(reader)
            if not others:
                del self._of[subject]
                self._followers.forget(subject, self._calls.pop(subject))


def rest_after(size: int) -> float:
    """Seconds in which what comes is joined, when so many bytes at most have just been sent to one; none after none."""
    return GATHER if 0 < size < ENOUGH else 0.0


def tail(feed: Feed, followers: Followers, opening: TailOpening) -> Iterator[bytes]:
    """The stream's bytes where a connection cannot be detached, until the end, or the reader goes or loses its right."""
    yield opening.greeting
    position, spoke = opening.position, time.monotonic()
    with followers.following(opening.following.subject) as told:
        while not feed.closed and opening.grant.still_good():
            told.clear()
            step = opening.following.advance(position)
            moved, position = step.position != position, step.position
            if step.chunk:
                spoke = time.monotonic()
                yield step.chunk
            if step.ends:
                return
            if moved:
                continue
            if time.monotonic() - spoke >= BEAT_EVERY:
                spoke = time.monotonic()
                yield BEAT
            told.wait(STILL_GOOD_EVERY)
