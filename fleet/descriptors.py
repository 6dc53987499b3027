"""Many descriptors, one loop: their owner is told what happened to which, and nothing ever waits for one of them."""

from __future__ import annotations

import contextlib
import select
from collections.abc import Callable

import gevent
from gevent import get_hub, monkey

READABLE, WRITABLE = select.EPOLLIN, select.EPOLLOUT
# The other side has closed, or the connection is broken.
GONE = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR


class Descriptors:
    """Descriptors of sockets that belong to no greenlet.

    `serve` is called with a descriptor and its events (READABLE, WRITABLE, GONE), one
    after the other; it must neither wait nor raise. Whoever gives way within it must
    reckon with a descriptor of the same round that was closed, and its number given
    to another, meanwhile. The loop ends when `is_closed` says so.
    """

    def __init__(self, serve: Callable[[int, int], None], is_closed: Callable[[], bool]) -> None:
        self._serve = serve
        self._is_closed = is_closed
        self._epoll: select.epoll | None = None

    def start(self) -> bool:
        """Begin to watch; False when that was done before."""
        if self._epoll is not None:
            return False
        # gevent takes epoll away from patched code that might block in it; this one never waits.
        self._epoll = monkey.get_original("select", "epoll")()
        gevent.spawn(self._watch)
        return True

    def add(self, fd: int, events: int) -> None:
        """Watch a descriptor for these events, and for GONE."""
        self._watched().register(fd, events | GONE)

    def change(self, fd: int, events: int) -> None:
        """Watch it for these events from now on, and for GONE."""
        self._watched().modify(fd, events | GONE)

    def remove(self, fd: int) -> None:
        """Watch it no longer; to be called before it is closed."""
        with contextlib.suppress(OSError):  # it was gone before it was let go
            self._watched().unregister(fd)

    def _watched(self) -> select.epoll:
        assert self._epoll is not None
        return self._epoll

    def _watch(self) -> None:
        epoll = self._watched()
        ready = get_hub().loop.io(epoll.fileno(), 1)
        while not self._is_closed():
            get_hub().wait(ready)
            for fd, events in epoll.poll(0):
                self._serve(fd, events)
