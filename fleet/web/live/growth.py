"""Who is told that something has grown beside the journal; for streams that one loop serves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Set
from typing import TYPE_CHECKING

import gevent

from fleet.web.live.followers import Followers
from fleet.web.live.streams import GROWN_EVERY

if TYPE_CHECKING:
    from fleet.web.live.readers import Reader

Send = Callable[[Collection["Reader"], bytes], None]


class Growth:
    """The readers by what they are told of. Whoever hears of it asks for what is new: nothing of it is kept."""

    def __init__(self, followers: Followers, send: Send) -> None:
        self._followers = followers
        self._send = send
        self._readers: dict[str, set[Reader]] = {}
        self._grown: set[str] = set()
        self._some = threading.Event()

    def start(self) -> None:
        """Listen, for the process's life."""
        self._followers.listen(self._hear)
        gevent.spawn(self._run)

    def add(self, reader: Reader) -> None:
        """From now on it is told."""
        for subject in subjects_of(reader):
            self._readers.setdefault(subject, set()).add(reader)

    def remove(self, reader: Reader) -> None:
        """It is gone."""
        for subject in subjects_of(reader):
            readers = self._readers.get(subject, set())
            readers.discard(reader)
            if not readers:
                self._readers.pop(subject, None)

    def _hear(self, subjects: Set[str]) -> None:
        """In the thread of who wrote it."""
        followed = subjects & self._readers.keys()
        if followed:
            self._grown |= followed
            self._some.set()

    def _run(self) -> None:
        """Pass it on at once, and then not too often."""
        while True:
            self._some.wait()
            self._some.clear()
            grown, self._grown = self._grown, set()
            for subject in grown:
                self._pass_on(subject, list(self._readers.get(subject, ())))
            gevent.sleep(GROWN_EVERY)

    def _pass_on(self, subject: str, readers: list[Reader]) -> None:
        for following in {reader.following for reader in readers}:
            mine = [reader for reader in readers if reader.following == following]
            self._send(mine, following.grown(subject))


def subjects_of(reader: Reader) -> Collection[str]:
    """What a reader is told of; one that follows a single tail looks for itself."""
    subjects: Collection[str] = getattr(reader.following, "subjects", ())
    return subjects
