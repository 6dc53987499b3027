"""One connection: request after request, parsed by gunicorn, with what Fleet does not use of it left out.

No HTTP/2, no PROXY protocol, and nobody in front who may set schemes or
forwarding headers by gunicorn's own rules: whom to believe is decided by the
application (`fleet/web/framework/proxies.py`).
"""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import gevent
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.util import close

from fleet.errors import FleetError
from fleet.server import incoming
from fleet.server.body_room import BodyRooms
from fleet.server.incoming import BODY_MOST, Incoming, Wire, is_known

LINGER, LINGER_READS = 2.0, 64  # seconds, and reads of 64 KiB, until the other side has read its refusal
GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN})


class FrozenConfig:
    """A configuration that changes no more.

    gunicorn looks each value up in a table of objects, a dozen a request: 100 us
    for a request's head, and 75 with this, of the 400 that a PATCH takes in all.
    """

    def __init__(self, config: Config, max_body: int = BODY_MOST) -> None:
        self._config = config
        self.max_body = max_body
        self.body_rooms = BodyRooms(max_body)
        for name, setting in config.settings.items():
            if not hasattr(Config, name):  # what is worked out from several settings is left to it
                setattr(self, name, setting.get())
        self.is_ssl = config.is_ssl

    def __getattr__(self, name: str) -> Any:
        return getattr(self._config, name)


class RequestHead(Request):
    """A request's head, as gunicorn parses it, and its body, which waits to be read."""

    environ: dict[str, Any]
    headers: list[tuple[str, str]]
    body: Any
    _expected_100_continue: bool
    # The sender waits for `100 Continue`; gunicorn would say so before the application is asked.
    expects_continue: bool

    def set_body_reader(self) -> None:
        """Find out where the body ends; refuse what leaves open whom the request is for, or where it ends."""
        self.environ = {}  # until the application is asked
        self._says_close: bool | None = None  # what the head says of it, once somebody has asked
        self.expects_continue, self._expected_100_continue = self._expected_100_continue, False
        super().set_body_reader()
        names = dict(self.headers)
        if "TRANSFER-ENCODING" in names and names["TRANSFER-ENCODING"].lower() != "chunked":
            raise InvalidHeader("TRANSFER-ENCODING", req=self)
        if self.uri[:1] != "/":
            self._take_host_from_target()
        elif self.version >= (1, 1) and not names.get("HOST"):
            raise InvalidHeader("HOST", req=self)
        self.body = Incoming(self.body, self, self.cfg.max_body, self.cfg.body_rooms)

    def should_close(self) -> bool:
        """Also when the body was never asked for: whether it comes is then the sender's choice."""
        if self.must_close or self.body.awaited:
            return True
        if self._says_close is None:
            self._says_close = bool(super().should_close())
        return self._says_close

    def _take_host_from_target(self) -> None:
        """An absolute target's host is the one that was asked for, whatever `Host` says (RFC 9112, 3.2.2)."""
        if self.uri == "*" or self.method == "CONNECT":
            return
        parts = urlsplit(self.uri)
        if parts.scheme.lower() not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
            raise InvalidRequestLine(self.uri)
        others = [header for header in self.headers if header[0] != "HOST"]
        self.headers = [*others, ("HOST", parts.netloc)]

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], list[str]]:
        """Nobody; gunicorn would parse each peer's address to find that out."""
        return {}, []


class Parser(RequestParser):
    """The requests of one connection."""

    mesg_class = RequestHead

    def __init__(self, config: Any, client: socket.socket, address: Any) -> None:
        super().__init__(config, client, address)
        self.unreader = Wire(client)

    def __next__(self) -> RequestHead:
        """The next request's head. Raises StopIteration when there can be none."""
        if self.mesg is not None and (self.mesg.should_close() or not self.mesg.body.finish()):
            raise StopIteration
        self.unreader.rest()
        return super().__next__()  # type: ignore[no-any-return]  # gunicorn has no types


def heard(parser: Parser, seconds: float) -> RequestHead | None:
    """The next request's head; None when it does not come in time. Raises StopIteration when there can be none."""
    request: RequestHead | None = None
    try:
        with gevent.Timeout(seconds):
            request = next(parser)
    except gevent.Timeout:
        pass
    return request


class Connection:
    """A connection and the request that it is about at the time."""

    def __init__(self, worker: Any, server: Any, client: socket.socket, address: Any) -> None:
        """`server` is the address that was connected to, as the listener's `getsockname` gave it."""
        self._worker = worker
        self._server = server
        self._client = client
        self._address = address
        self._request: RequestHead | None = None
        self._known = worker.doors.trusts(address)
        self._refused = False
        # The application has taken the connection itself, not only a descriptor of it.
        self._given_away = False
        self._body: Incoming | None = None

    @property
    def known(self) -> bool:
        """True once a request on this connection has shown a good credential."""
        if not self._known and self._request is not None:
            self._known = is_known(self._request)
        return bool(self._known)

    def hold(self) -> None:
        """Serve until one side ends it, or says nothing for as long as gunicorn keeps a connection alive."""
        try:
            self._client.settimeout(incoming.PATIENCE)
            self._serve_each()
        except (NoMoreData, StopIteration) as end:
            self._worker.log.debug("Closing connection. %s", end)
        except OSError as error:
            self._given_away = bool(getattr(error, "kept", False))
            self._end(error)
        except BaseException as error:  # noqa: BLE001  # answered or logged, whatever it is
            self._fail(error)
        finally:
            if not self._given_away:
                self._take_leave()
                close(self._client)

    def refuse(self, fault: FleetError) -> None:
        """Answer that there is no place for this one, before anything is read from it."""
        try:
            self._client.settimeout(LINGER)
            self._refused = True
            self._worker.refuse(fault, self._client, self._address)
            self._take_leave()
        finally:
            close(self._client)

    def _serve_each(self) -> None:
        parser = Parser(self._worker.cfg, self._client, self._address)
        while True:
            # A stranger's head must have come by then, from its first byte to its last.
            idle = self._worker.cfg.keepalive if self.known else incoming.PATIENCE_WITH_STRANGERS
            self._request = None
            self._request = heard(parser, idle)
            if self._request is None:
                return
            self._body = self._request.body
            self._worker.handle_request(self._server, self._request, self._client, self._address)

    def _end(self, error: OSError) -> None:
        """That the other side is gone is nothing special."""
        if isinstance(error, ssl.SSLError):
            if error.args[0] != ssl.SSL_ERROR_EOF:
                self._fail(error)
        elif isinstance(error, TimeoutError):
            self._worker.log.debug("Closing connection: nothing was taken in time.")
        elif error.errno not in GONE:
            self._worker.log.error("Socket error processing request.", exc_info=error)

    def _take_leave(self) -> None:
        """Where bytes are left that nobody reads, a close would take the answer back (RFC 9112, 9.6)."""
        if self._refused or (self._body is not None and self._body.left):
            with suppress(OSError), gevent.Timeout(LINGER, False):
                self._client.shutdown(socket.SHUT_WR)
                for _ in range(LINGER_READS):
                    if not self._client.recv(65536):
                        break

    def _fail(self, error: BaseException) -> None:
        self._refused = True
        self._worker.handle_error(self._request, self._client, self._address, error)
