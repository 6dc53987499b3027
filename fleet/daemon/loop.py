"""One thread that waits for everything: descriptors that are ready, and moments that have come."""

from __future__ import annotations

import heapq
import itertools
import selectors
import time
from typing import Callable, List, Optional, Tuple

Callback = Callable[[], None]
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Timer:
    """A moment that something waits for; `cancel` lets it pass."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Optional[Callback] = callback

    def cancel(self) -> None:
        """Do not call."""
        self.callback = None


class Loop:
    """Calls back when a descriptor is ready or a span is over, measured by the monotonic clock."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: List[Tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._going = False

    def watch(self, fd: int, callback: Callable[[int], None], events: int = READ) -> None:
        """Call `callback` with READ, WRITE or both whenever `fd` is ready for some of `events`; again: for others."""
        if fd in self._selector.get_map():
            self._selector.modify(fd, events, callback)
        else:
            self._selector.register(fd, events, callback)

    def unwatch(self, fd: int) -> None:
        """Watch it no longer; before it is closed."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def later(self, seconds: float, callback: Callback) -> Timer:
        """Call `callback` once, so many seconds from now."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), timer))
        return timer

    def run(self) -> None:
        """Go on until `stop`."""
        self._going = True
        while self._going:
            self.once(None)

    def stop(self) -> None:
        """End `run` after the present callbacks."""
        self._going = False

    def once(self, longest: Optional[float] = 0.0) -> None:
        """Wait for the next thing, at most `longest` seconds (None: as long as it takes), and call back."""
        for key, events in self._selector.select(self._patience(longest)):
            if self._selector.get_map().get(key.fd) is key:  # an earlier callback may have closed it
                key.data(events)
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, _, timer = heapq.heappop(self._timers)
            if timer.callback is not None:
                timer.callback()

    def _patience(self, longest: Optional[float]) -> Optional[float]:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return longest
        wait = max(0.0, self._timers[0][0] - time.monotonic())
        return wait if longest is None else min(wait, longest)

    def close(self) -> None:
        """Give the selector back."""
        self._selector.close()
