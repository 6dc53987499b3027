"""Every daemon's connection of this process: one loop for all, no greenlet each (hosts-shape.md)."""

from __future__ import annotations

import socket
import time
from typing import Protocol

import gevent
import structlog
from websockets.exceptions import PayloadTooBig, ProtocolError

from fleet import protocol
from fleet.db.greenlets import give_way
from fleet.descriptors import GONE, READABLE, WRITABLE, Descriptors
from fleet.links.link import Link, Message
from fleet.links.patience import Patience

log = structlog.get_logger(__name__)

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
        self._sockets = Descriptors(self._serve, lambda: self.closed)
        self._patience = Patience(self._silent_until, self._drop)
        self._served = 0
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
        self._sockets.add(link.fd, READABLE)
        self._patience.add(link, time.monotonic() + HELLO_WITHIN)
        if link.encrypted:
            self._ready(link, READABLE)  # what came with the handshake

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
                self._ready(link, READABLE)

    def stop(self, goodbye: Message) -> None:
        """Let every daemon know that the server stops: `goodbye` tells when to come again."""
        self.closed = True
        for link in list(self._links.values()):
            link.send(goodbye)
            link.close(protocol.SERVER_STOPS, "the server stops")
            self._drop(link)

    def _start(self) -> None:
        if self._sockets.start():
            gevent.spawn(self._look_after)

    def _serve(self, fd: int, events: int) -> None:
        self._served += 1
        if self._served % READS_IN_A_ROW == 0:
            give_way()
        link = self._links.get(fd)
        if link is None:
            return
        try:
            self._ready(link, events)
        except Exception:  # whatever it is: the others must be served
            log.exception("a link could not be served; it ends", agent=link.agent_id)
            self._drop(link)

    def _ready(self, link: Link, events: int) -> None:
        if events & WRITABLE:
            self._after_write(link, link.flush())
        if link.fd >= 0 and events & (READABLE | GONE):
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
        events = 0 if link.paused else READABLE
        self._sockets.change(link.fd, events | WRITABLE if link.remainder else events)

    def _look_after(self) -> None:
        while not self.closed:
            gevent.sleep(1.0)
            self._patience.look(time.monotonic())

    def _silent_until(self, link: Link) -> float:
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
        self._sockets.remove(fd)
        link.end()
