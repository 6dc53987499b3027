"""Who waits for something that grows beside the journal: a command's output, a host's metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager

Call = Callable[[], object]


class Followers:
    """Wakes those who wait for a subject; of this process only, so that who waits looks now and then by itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Call]] = {}
        self._listeners: list[Callable[[Set[str]], None]] = []
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

    def listen(self, listener: Callable[[Set[str]], None]) -> None:
        """Call `listener` with what there is something new of; it is called by who tells, and must not wait."""
        self._listeners.append(listener)

    @contextmanager
    def gathering(self, subjects: Set[str], woken: threading.Event) -> Iterator[set[str]]:
        """A set that gets those of `subjects` that there is something new of, and wakes who waits for `woken`."""
        grown: set[str] = set()

        def hear(told: Set[str]) -> None:
            if not told.isdisjoint(subjects):
                grown.update(told & subjects)
                woken.set()

        if subjects:
            self._listeners.append(hear)
        try:
            yield grown
        finally:
            if subjects:
                self._listeners.remove(hear)

    def tell(self, subjects: Iterable[str]) -> None:
        """There is something new of these."""
        told = frozenset(subjects)
        for subject in told:
            for call in tuple(self._waiting.get(subject, ())):
                call()
        for listener in tuple(self._listeners):
            listener(told)
