"""The answer that is a stream: detached where that is possible, a generator elsewhere."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

from flask import g

from fleet.errors import TooManyStreams
from fleet.logs import request_line
from fleet.parts import the
from fleet.web.framework.messages import Response
from fleet.web.live.detached import Detached
from fleet.web.live.feed import Feed
from fleet.web.live.followers import Followers
from fleet.web.live.seats import Seats
from fleet.web.live.streams import HEADERS, Opening, follow
from fleet.web.live.tails import TailOpening, Tails, tail
from fleet.web.security.credentials import Identity

# Seconds that a reader of a plain stream may take to accept what is sent; then it is dropped and may resume.
DRAIN = 30.0


class DetachedFromWorker(OSError):
    """Tells gunicorn that the connection is no longer its own: it closes its descriptor and says nothing.

    Where `kept`, the very object was taken, as under TLS, whose state has no second
    descriptor: then it is not closed either.
    """

    def __init__(self, *, kept: bool = False) -> None:
        super().__init__(errno.EPIPE, "the connection was taken over")
        self.kept = kept


class Streams:
    """Every open stream of this process: one loop for each tick, one for tails, and one limit for all."""

    def __init__(self, feed: Feed, followers: Followers, most: int, seats: Seats) -> None:
        self.feed = feed
        self.followers = followers
        self.tails = Tails(feed, followers, seats)
        self.most = most
        self.seats = seats
        self._loops: dict[float, Detached] = {}
        self._plain = 0

    def __len__(self) -> int:
        return self._plain + len(self.tails) + sum(len(loop) for loop in self._loops.values())

    def counted(self, chunks: Iterator[bytes], owner: str) -> Iterator[bytes]:
        """The chunks of a stream that is served plainly, counted while it is."""
        self._plain += 1
        self.seats.take(owner)
        try:
            yield from chunks
        finally:
            self._plain -= 1
            self.seats.leave(owner)

    def plainly(self, opening: Opening | TailOpening) -> Iterator[bytes]:
        """The bytes of a stream for a server that gives no connection away."""
        if isinstance(opening, TailOpening):
            return tail(self.feed, self.followers, opening)
        return follow(self.feed, self.followers, opening)

    def hand_over(self, sock: socket.socket, head: bytes, opening: Opening | TailOpening, owner: str) -> None:
        """Give a connection to the loop that serves such a stream."""
        if isinstance(opening, TailOpening):
            self.tails.add(sock, head, opening, owner)
        else:
            self.loop(opening.following.tick).add(sock, head, opening, owner)

    def loop(self, tick: float) -> Detached:
        """The loop with this tick."""
        if tick not in self._loops:
            self._loops[tick] = Detached(self.feed, tick, self.seats, self.followers)
        return self._loops[tick]

    def open(self, opening: Opening | TailOpening, identity: Identity, spare: int = 0) -> Response:
        """Answer with a stream. Raises TooManyStreams beyond everybody's limit, TooManyRequests beyond one's own."""
        if len(self) >= self.most:
            raise TooManyStreams
        return StreamResponse(self, opening, self.seats.require(identity, spare))


class StreamResponse(Response):
    """A response that gives its connection away when it is sent."""

    def __init__(self, streams: Streams, opening: Opening | TailOpening, owner: str) -> None:
        chunks = streams.counted(streams.plainly(opening), owner)
        super().__init__(chunks, headers=HEADERS, direct_passthrough=True)
        self._streams = streams
        self._owner = owner
        self._opening = opening

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Detach the worker's socket; without one, or under TLS, be an ordinary response."""
        sock = environ.get("gunicorn.socket")
        if sock is None or isinstance(sock, ssl.SSLSocket) or environ["REQUEST_METHOD"] != "GET":
            if sock is not None:
                sock.settimeout(DRAIN)
            return super().__call__(environ, start_response)
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.get_wsgi_headers(environ))
        head = f"HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n".encode("latin-1")
        request_line(environ, 200, 0.0)  # the worker will say nothing of it
        self._streams.hand_over(sock, head, self._opening, self._owner)
        raise DetachedFromWorker


def open_stream(opening: Opening | TailOpening, spare: int = 0) -> Response:
    """Answer the present request with a stream; `spare` seats are there for one that replaces another."""
    streams = the(Streams)
    return streams.open(opening, g.identity, spare)
