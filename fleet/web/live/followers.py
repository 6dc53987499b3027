"""Who waits for something that grows beside the journal: a command's output, a host's metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Followers:
    """Wakes those who wait for a subject; of this process only, so that who waits looks now and then by itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[threading.Event]] = {}

    def is_followed(self, subject: str) -> bool:
        """True while somebody waits for it."""
        return subject in self._waiting

    @contextmanager
    def following(self, subject: str) -> Iterator[threading.Event]:
        """An event that is set whenever there is something new of the subject; clear it before looking."""
        event = threading.Event()
        self._waiting.setdefault(subject, set()).add(event)
        try:
            yield event
        finally:
            waiting = self._waiting[subject]
            waiting.discard(event)
            if not waiting:
                del self._waiting[subject]

    def tell(self, subjects: Iterable[str]) -> None:
        """There is something new of these."""
        for subject in subjects:
            for event in tuple(self._waiting.get(subject, ())):
                event.set()
