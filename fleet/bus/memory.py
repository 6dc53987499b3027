"""The bus of a single process: news goes straight to the listeners."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fleet.bus import Listener, News


class MemoryBus:
    """Calls its listeners in the publisher's own thread, in the order in which they came."""

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._listeners: list[Listener] = []

    def publish(self, news: Sequence[News]) -> None:
        """Tell every listener of this process."""
        for listener in tuple(self._listeners):
            listener(news)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on, until the returned function is called."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def close(self) -> None:
        """Forget the listeners."""
        self._listeners.clear()
