"""Every daemon's connection of this process: one loop for all, no greenlet each (hosts-shape.md)."""

from __future__ import annotations

import heapq
import itertools
import select
import socket
import threading
import time
from typing import Protocol

import gevent
import structlog
from gevent import get_hub, monkey
from websockets.exceptions import PayloadTooBig, ProtocolError

from fleet import protocol
from fleet.db.greenlets import give_way
from fleet.links.link import Link, Message

log = structlog.get_logger(__name__)

GONE = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
# Seconds that the other side has to read a goodbye, and to say hello after it has connected.
LINGER, HELLO_WITHIN = 2.0, 10.0
# Others get their turn after so many links have been read.
READS_IN_A_ROW = 64
# Bytes of one link that wait to be dealt with: beyond, its socket is not read until less wait.
PENDING_MOST = 2 << 20


class Messages(Protocol):
    """Who takes part in the conversations."""

    def received(self, link: Link, message: Message) -> None:
        """A message has come; must not wait."""

    def gone(self, link: Link) -> None:
        """The connection is over; must not wait."""


class Links:
    """The links of one application. `of` is the one place that is asked who holds a daemon's socket."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.messages: Messages | None = None
        self.beat = protocol.BEAT
        self._links: dict[int, Link] = {}
        self._of: dict[str, Link] = {}
        self._promised: dict[str, float] = {}
        # When to look at a link again, the soonest first; each stands here once.
        self._due: list[tuple[float, int, Link]] = []
        self._numbers = itertools.count()
        self._epoll: select.epoll | None = None
        self._lock = threading.Lock()
        self.closed = False

    def __len__(self) -> int:
        return len(self._links)

    def of(self, agent_id: str) -> Link | None:
        """The welcomed link of a host, if this process holds one."""
        return self._of.get(agent_id)

    def all(self) -> list[Link]:
        """Every welcomed link."""
        return list(self._of.values())

    def is_full(self) -> bool:
        """True when no further link can be served."""
        return self.closed or len(self._links) >= self.most

    def promise(self, agent_id: str) -> bool:
        """True for a host that is linked here: what is committed for it now will be put on its link."""
        linked = agent_id in self._of
        if linked:
            self._promised[agent_id] = time.monotonic()
        return linked

    def was_promised(self, agent_id: str, within: float = 10.0) -> bool:
        """True when this process has said lately that it would put something on the host's link."""
        return self._promised.get(agent_id, float("-inf")) > time.monotonic() - within

    def take(self, link: Link, sock: socket.socket) -> None:
        """Serve a connection whose handshake is done."""
        self._start()
        link.take(sock)
        link.heard = link.opened = time.monotonic()
        self._links[link.fd] = link
        assert self._epoll is not None
        self._epoll.register(link.fd, select.EPOLLIN | GONE)
        self._look_at(link, time.monotonic() + HELLO_WITHIN)
        if link.encrypted:
            self._ready(link, select.EPOLLIN)  # what came with the handshake

    def welcome(self, link: Link) -> None:
        """From now on this is its host's link, with as many seconds between two beats as new ones are told now."""
        link.beat = self.beat
        self._of[link.agent_id] = link

    def send(self, link: Link, message: Message) -> None:
        """Put a message on its way; a link that takes too little is dropped, and its daemon comes back."""
        if link.fd < 0 or link.closing:
            return
        self._after_write(link, link.send(message))

    def ping(self, link: Link) -> None:
        """Ask a link for a sign of life."""
        if link.fd >= 0 and not link.closing:
            self._after_write(link, link.ping())

    def close(self, link: Link, code: int, reason: str) -> None:
        """Say goodbye and let go; what comes from it meanwhile is not read any more."""
        if link.fd < 0 or link.closing:
            return
        self._forget(link)
        if not link.close(code, reason):
            self._drop(link)
            return
        self._watch_for(link)
        gevent.spawn_later(LINGER, self._drop, link)

    def done_with(self, link: Link, size: int) -> None:
        """So many bytes of a link's messages are dealt with."""
        link.pending -= size
        if link.paused and link.pending < PENDING_MOST // 2 and link.fd >= 0:
            link.paused = False
            self._watch_for(link)
            if link.encrypted:
                self._ready(link, select.EPOLLIN)

    def stop(self, goodbye: Message) -> None:
        """Let every daemon know that the server stops: `goodbye` tells when to come again."""
        self.closed = True
        for link in list(self._links.values()):
            link.send(goodbye)
            link.close(protocol.SERVER_STOPS, "the server stops")
            self._drop(link)

    def _start(self) -> None:
        if self._epoll is None:
            # gevent takes epoll away from patched code that might block in it; ours never waits.
            self._epoll = monkey.get_original("select", "epoll")()
            gevent.spawn(self._watch)
            gevent.spawn(self._look_after)

    def _watch(self) -> None:
        assert self._epoll is not None
        ready = get_hub().loop.io(self._epoll.fileno(), 1)
        while not self.closed:
            get_hub().wait(ready)
            for number, (fd, events) in enumerate(self._epoll.poll(0)):
                if number and number % READS_IN_A_ROW == 0:
                    give_way()
                link = self._links.get(fd)
                if link is not None:
                    self._serve(link, events)

    def _serve(self, link: Link, events: int) -> None:
        try:
            self._ready(link, events)
        except Exception:  # whatever it is: the others must be served
            log.exception("a link could not be served; it ends", agent=link.agent_id)
            self._drop(link)

    def _ready(self, link: Link, events: int) -> None:
        if events & select.EPOLLOUT:
            self._after_write(link, link.flush())
        if link.fd >= 0 and events & (select.EPOLLIN | GONE):
            self._read(link)

    def _read(self, link: Link) -> None:
        try:
            messages = link.read()
        except PayloadTooBig:
            self.close(link, protocol.BAD_MESSAGE, "a message of more than a mebibyte")
            return
        except (ProtocolError, UnicodeDecodeError) as error:
            self.close(link, protocol.BAD_MESSAGE, str(error) or "no message of this protocol")
            return
        if messages is None:
            self._drop(link)
            return
        self._after_write(link, link.flush())  # answers to pings
        for message in messages:
            if link.closing or link.fd < 0 or self.messages is None:
                return
            self.messages.received(link, message)
        if link.pending > PENDING_MOST and not link.paused and link.fd >= 0:
            link.paused = True
            self._watch_for(link)

    def _after_write(self, link: Link, good: bool) -> None:
        if not good:
            self._drop(link)
        elif link.fd >= 0:
            self._watch_for(link)

    def _watch_for(self, link: Link) -> None:
        assert self._epoll is not None
        events = GONE
        if not link.paused:
            events |= select.EPOLLIN
        if link.remainder:
            events |= select.EPOLLOUT
        self._epoll.modify(link.fd, events)

    def _look_at(self, link: Link, moment: float) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), link))

    def _look_after(self) -> None:
        """Drop links that were silent for two beats; each is looked at once in that time, none is scanned for."""
        while not self.closed:
            gevent.sleep(1.0)
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                _, _, link = heapq.heappop(self._due)
                if link.fd < 0:
                    continue
                until = self._patience(link)
                if until <= now:
                    self._drop(link)
                else:
                    self._look_at(link, until)

    def _patience(self, link: Link) -> float:
        """Until when (monotonic) a link may be silent: it is dead then, or never says who it is."""
        if self._of.get(link.agent_id) is link:
            return link.heard + link.beat * protocol.DEAD_AFTER_BEATS
        return link.opened + HELLO_WITHIN

    def _forget(self, link: Link) -> None:
        """It is nobody's link any more."""
        if self._of.get(link.agent_id) is link:
            del self._of[link.agent_id]
        if self.messages is not None:
            self.messages.gone(link)

    def _drop(self, link: Link) -> None:
        if link.fd < 0:
            return
        if not link.closing:
            self._forget(link)
        fd = link.fd
        self._links.pop(fd, None)
        if self._epoll is not None:
            try:
                self._epoll.unregister(fd)
            except OSError:
                log.debug("a link was gone before it was let go")
        link.end()
