"""A request's body on its way in: bounded, with deadlines, and what is malformed refused in the application's words.

What is held of all bodies together is bounded too (body_room.py). Nothing of it is read before the application asks, which is when it knows who
sends it; `Expect: 100-continue` is answered then, and not before. Checked with
gunicorn 27, whose readers do the parsing.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from typing import Any

from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.unreader import SocketUnreader

from fleet.errors import FleetError, Malformed, TooLarge, TooSlow
from fleet.logs import WHO
from fleet.server.body_room import SMALL, BodyRoom, BodyRooms
from fleet.server.doors import network_of

# Seconds in which something must come, or be taken: ENOUGH bytes, or all there is.
PATIENCE = 30.0
PATIENCE_WITH_STRANGERS = 10.0
ENOUGH = 4096
# What somebody without a credential has to say is a form for signing in.
STRANGERS_BODY = 64 * 1024
# What nobody has read is taken off the connection up to here, so that the next request can be; beyond it ends.
REST_MOST = 4 * 2**20
# A body is read, and takes its room, in pieces of so many bytes.
PIECE = 65536
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BODY_MOST = 2**20


def is_known(request: Any) -> bool:
    """True once the application has found a good credential in the request."""
    return WHO in request.environ


def patience(request: Any) -> float:
    """How long its sender may take for the next bytes, in either direction (seconds)."""
    return PATIENCE if is_known(request) else PATIENCE_WITH_STRANGERS


class Wire(SocketUnreader):
    """A connection's bytes, with a deadline while one is set."""

    max_body_chunk = PIECE  # gunicorn's 1 MiB at once would be held beside what has taken its room

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._patience = 0.0
        self._deadline: float | None = None
        self._come = 0

    def hurry(self, seconds: float) -> None:
        """From now on ENOUGH bytes must come within each so many seconds."""
        self._patience, self._deadline, self._come = seconds, time.monotonic() + seconds, 0

    def rest(self) -> None:
        """From now on anybody who reads keeps the time."""
        self._deadline = None

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes. Raises TimeoutError when they do not come in time."""
        if self._deadline is None:
            return self._wait(size_hint)
        self.sock.settimeout(max(0.001, self._deadline - time.monotonic()))
        try:
            data: bytes = super().chunk(size_hint)
        finally:
            self.sock.settimeout(PATIENCE)
        self._come += len(data)
        if self._come >= ENOUGH:
            self.hurry(self._patience)
        return data

    def _wait(self, size_hint: int | None) -> bytes:
        while True:
            with suppress(TimeoutError):  # the socket's own is for sending
                data: bytes = super().chunk(size_hint)
                return data


class Incoming(Body):
    """The body of one request; whatever is wrong with it is raised as a FleetError and ends the connection."""

    def __init__(self, body: Body, request: Any, most: int, rooms: BodyRooms) -> None:
        super().__init__(body.reader)
        self._request = request
        self._most = most
        self._rooms = rooms
        self._room: BodyRoom | None = None  # once it is known who sends it
        self._holder = ""
        self._held = 0  # bytes that it has taken room for
        self._passed_on = False
        self._come = 0  # bytes of a body that is passed on
        self._begun = False
        self._over = isinstance(self.reader, LengthReader) and self.reader.length == 0

    def pass_on(self, most: int) -> None:
        """Nobody will hold this body: it may be as large as that, takes no room, and is read as it comes."""
        self._passed_on, self._most = True, most

    def lay_bare(self) -> tuple[bytes, Any] | None:
        """What has come of a body that is passed on, and the connection from which all the rest is read by others.

        None where that cannot be: under TLS, and where no length was announced.
        """
        if not isinstance(self.reader, LengthReader) or isinstance(self._request.unreader.sock, ssl.SSLSocket):
            return None
        if not self._begun:
            self._begin()
        come, length = self._request.unreader.take_buffered(), self.reader.length
        self._request.unreader.unread(come[length:])
        self.reader.length = 0
        self._request.force_close()
        return come[:length], self._request.unreader.sock

    @property
    def awaited(self) -> bool:
        """True while the sender waits to be told to go on."""
        return self._request.expects_continue and not self._begun

    @property
    def left(self) -> bool:
        """True when bytes of it may still come."""
        return not self._over and not (isinstance(self.reader, LengthReader) and self.reader.length == 0)

    def finish(self) -> bool:
        """Take what nobody has read off the connection; False when the next request cannot be found any more."""
        if not self.left:
            return True
        if self.failed or self.awaited:
            return False
        self._most = REST_MOST if is_known(self._request) else STRANGERS_BODY
        self._come = 0
        try:
            while self.read(PIECE):
                self.let_go()
        except (FleetError, OSError):
            return False
        finally:
            self.let_go()
        return True

    def let_go(self) -> None:
        """The request is over: nobody holds what was read of its body."""
        if self._room is not None and self._held:
            self._room.give_back(self._holder, self._held)
        self._held = 0

    def _read_reader(self, size: int) -> bytes:
        if self.failed or not self.left:  # it has said so, or was whole: nobody is hurried for what cannot come
            return b""
        try:
            if not self._begun:
                self._begin()
            if self._passed_on:
                return self._next(size)
            return self._all() if isinstance(self.reader, ChunkedReader) else self._piece(size)
        except TimeoutError:
            raise self._failed(TooSlow("REQUEST_TIMEOUT", "The body did not come in time.")) from None
        except NoMoreData:
            raise self._failed(Malformed("MALFORMED_BODY", "The body ended before its end.")) from None
        except ParseException as error:
            raise self._failed(Malformed("MALFORMED_BODY", f"The body's chunks are malformed: {error}"[:300])) from None
        except FleetError as error:
            raise self._failed(error) from None

    def _begin(self) -> None:
        known = is_known(self._request)
        self._most = self._most if known else min(self._most, STRANGERS_BODY)
        if isinstance(self.reader, LengthReader):
            self._require(self.reader.length)
        if not self._passed_on and (not isinstance(self.reader, LengthReader) or self.reader.length > SMALL):
            self._room = self._rooms.known if known else self._rooms.strangers
            self._holder = str(self._request.environ[WHO]) if known else network_of(self._request.peer_addr)
        self._begun = True
        if self._request.expects_continue:
            self._request.unreader.sock.sendall(CONTINUE)
        self._request.unreader.hurry(patience(self._request))

    def _piece(self, size: int) -> bytes:
        """The next bytes of the body, for which there is room before they are read."""
        size = min(size, PIECE)
        if isinstance(self.reader, LengthReader):
            size = min(size, self.reader.length)
        if self._room is not None:
            self._room.take(self._holder, size)
            self._held += size
        data: bytes = self.reader.read(size)
        if self._room is not None and len(data) < size:
            self._room.give_back(self._holder, size - len(data))
            self._held -= size - len(data)
        return data

    def _next(self, size: int) -> bytes:
        """The next bytes of a body that is passed on; one in chunks may turn out to be too large on the way."""
        data = self._piece(size)
        self._come += len(data)
        self._require(self._come)
        if not data:
            if self.left and isinstance(self.reader, LengthReader):
                raise NoMoreData
            self._over = True
        return data

    def _all(self) -> bytes:
        """A body in chunks, whole: before its end nobody knows whether it is one, and within bounds."""
        pieces: list[bytes] = []
        taken = 0
        while not self._over:
            piece = self._piece(PIECE)
            taken += len(piece)
            self._require(taken)
            pieces.append(piece)
            self._over = not piece
        return b"".join(pieces)

    def _require(self, size: int) -> None:
        if size > self._most:
            raise TooLarge("BODY_TOO_LARGE", f"A body has at most {self._most} bytes here.")

    def _failed(self, error: FleetError) -> FleetError:
        self.failed = True
        self._request.force_close()
        return error
