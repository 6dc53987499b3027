"""Who waits for something that grows beside the journal: a command's output, a host's metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

Call = Callable[[], object]


class Followers:
    """Wakes those who wait for a subject; of this process only, so that who waits looks now and then by itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Call]] = {}
        # Told when the first comes who follows a subject (True), and when the last has gone.
        self.on_change: Callable[[str, bool], object] = lambda _subject, _followed: None

    def is_followed(self, subject: str) -> bool:
        """True while somebody waits for it."""
        return subject in self._waiting

    @contextmanager
    def following(self, subject: str) -> Iterator[threading.Event]:
        """An event that is set whenever there is something new of the subject; clear it before looking."""
        event = threading.Event()
        self.call(subject, event.set)
        try:
            yield event
        finally:
            self.forget(subject, event.set)

    def call(self, subject: str, call: Call) -> None:
        """Call this, which must not wait, whenever there is something new of the subject."""
        first = subject not in self._waiting
        self._waiting.setdefault(subject, set()).add(call)
        if first:
            self.on_change(subject, True)

    def forget(self, subject: str, call: Call) -> None:
        """Call it no more."""
        waiting = self._waiting.get(subject, set())
        waiting.discard(call)
        if not waiting and self._waiting.pop(subject, None) is not None:
            self.on_change(subject, False)

    def tell(self, subjects: Iterable[str]) -> None:
        """There is something new of these."""
        for subject in subjects:
            for call in tuple(self._waiting.get(subject, ())):
                call()
