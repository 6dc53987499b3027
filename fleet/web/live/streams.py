"""An SSE stream: what it follows, and the plain way to serve it.

Under gunicorn the connection is detached from the worker and served with all
others by one loop (`detached.py`). This generator is for every other server,
and for TLS inside this process, where bytes must go through the library.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from flask import request

from fleet.models import journal
from fleet.web.live.feed import Feed
from fleet.web.live.followers import Followers
from fleet.web.live.frames import BEAT
from fleet.web.security.credentials import Grant

BEAT_EVERY = 15.0
# One write makes up to so many changes: a status, a question, figures.
FEW = 3
# Seconds between two words on what grows beside the journal.
GROWN_EVERY = 0.03
STILL_GOOD_EVERY = 0.5  # with what is remembered of credentials, less than a second (security.md 6)
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    # nginx would hold the frames back otherwise.
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What to send now (perhaps nothing) and where the reader stands afterwards."""

    position: journal.Position
    chunk: bytes


class Following(Protocol):
    """What a stream follows. Equal ones are served together: same place, same bytes."""

    @property
    def tick(self) -> float:
        """While changes come thick, those of so many seconds are joined."""

    def __hash__(self) -> int:
        """Equal ones hash equal."""

    @property
    def subjects(self) -> frozenset[str]:
        """What grows beside the journal, and is told of here (followers.py)."""

    def advance(self, position: journal.Position) -> Step:
        """What comes after `position`; the same position when there is nothing."""

    def grown(self, subject: str) -> bytes:
        """What is sent when one of `subjects` has grown; it moves nobody's position, and may be missed."""


class Begun(Protocol):
    """What every stream about to begin has: by whose right, and its first bytes."""

    @property
    def grant(self) -> Grant:
        """Asked again and again."""

    @property
    def greeting(self) -> bytes:
        """What is sent at once."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A stream about to begin: whose, where from, with which first bytes."""

    following: Following
    position: journal.Position
    greeting: bytes
    grant: Grant


class Pace:
    """How long to gather before sending.

    A single change after a quiet time goes out at once. While changes come thick,
    those of a tick go out together: a send costs the same for one as for twenty. They
    come thick too when some have come while others were being sent: one publisher
    is slower than sends to thousands, and would have each of its changes sent alone.
    """

    def __init__(self, tick: float, head: int) -> None:
        self._tick = tick
        self._head = head
        self._went = float("-inf")
        self._thick = False

    def rest(self) -> float:
        """Seconds to wait from now on."""
        return self._tick if self._thick else max(0.0, self._went + self._tick - time.monotonic())

    def go(self, head: int) -> None:
        """Everything up to the change `head` is sent now."""
        self._thick, self._head = head - self._head > FEW, head
        self._went = time.monotonic()

    def sent(self, head: int) -> None:
        """It has been sent, and the newest change is `head` by now."""
        self._thick = self._thick or head > self._head


def follow(feed: Feed, followers: Followers, opening: Opening) -> Iterator[bytes]:
    """The stream's bytes, until the reader goes, loses its right, or the server stops."""
    yield opening.greeting
    following, woken = opening.following, threading.Event()
    pace = Pace(following.tick, feed.head)
    position, spoke = opening.position, time.monotonic()
    with feed.waking(woken), followers.gathering(following.subjects, woken) as grown:
        while not feed.closed and opening.grant.still_good():
            step = following.advance(position)
            moved, position = step.position != position, step.position
            chunk = step.chunk + b"".join(following.grown(grown.pop()) for _ in range(len(grown)))
            if chunk:
                spoke = time.monotonic()
                yield chunk
            if moved:
                continue
            if time.monotonic() - spoke >= BEAT_EVERY:
                spoke = time.monotonic()
                yield BEAT
            if feed.head <= position.seq and not grown and not feed.closed:
                woken.wait(STILL_GOOD_EVERY)
            woken.clear()
            if feed.head > position.seq:
                time.sleep(pace.rest())
                pace.go(feed.head)
            elif grown:
                time.sleep(GROWN_EVERY)


def cursor() -> str | None:
    """Where the reader wants to go on: `Last-Event-ID`, else the query's `cursor`, else None."""
    return request.headers.get("Last-Event-ID") or request.args.get("cursor") or None
