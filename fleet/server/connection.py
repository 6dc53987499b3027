"""One connection: request after request, parsed by gunicorn, with what Fleet does not use of it left out.

No HTTP/2, no PROXY protocol, and nobody in front who may set schemes or
forwarding headers by gunicorn's own rules: whom to believe is decided by the
application (`fleet/web/framework/proxies.py`).
"""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Any

from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.util import close

GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN})


class Frozen:
    """A configuration that changes no more.

    gunicorn looks each value up in a table of objects, a dozen a request: 100 us
    for a request's head, and 75 with this, of the 400 that a PATCH takes in all.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        for name, setting in config.settings.items():
            if not hasattr(Config, name):  # what is worked out from several settings is left to it
                setattr(self, name, setting.get())
        self.is_ssl = config.is_ssl

    def __getattr__(self, name: str) -> Any:
        return getattr(self._config, name)


class Heard(Request):
    """A request's head, as gunicorn parses it."""

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], list[str]]:
        """Nobody; gunicorn would parse each peer's address to find that out."""
        return {}, []


class Parser(RequestParser):
    """The requests of one connection."""

    mesg_class = Heard


class Conversation:
    """A connection and the request that it is about at the time."""

    def __init__(self, worker: Any, server: Any, client: socket.socket, address: Any) -> None:
        """`server` is the address that was connected to, as the listener's `getsockname` gave it."""
        self._worker = worker
        self._server = server
        self._client = client
        self._address = address
        self._request: Heard | None = None

    def hold(self) -> None:
        """Serve until one side ends it, or says nothing for as long as gunicorn keeps a connection alive."""
        try:
            self._client.setblocking(True)
            self._serve_each()
        except (NoMoreData, StopIteration) as end:
            self._worker.log.debug("Closing connection. %s", end)
        except OSError as error:
            self._end(error)
        except BaseException as error:  # noqa: BLE001  # answered or logged, whatever it is
            self._fail(error)
        finally:
            close(self._client)

    def _serve_each(self) -> None:
        parser = Parser(self._worker.cfg, self._client, self._address)
        while True:
            self._request = None
            with self._worker.timeout_ctx():
                self._request = next(parser)
            if self._request is None:
                return
            self._worker.handle_request(self._server, self._request, self._client, self._address)

    def _end(self, error: OSError) -> None:
        """That the other side is gone is nothing special."""
        if isinstance(error, ssl.SSLError):
            if error.args[0] != ssl.SSL_ERROR_EOF:
                self._fail(error)
        elif error.errno not in GONE:
            self._worker.log.error("Socket error processing request.", exc_info=error)

    def _fail(self, error: BaseException) -> None:
        self._worker.handle_error(self._request, self._client, self._address, error)
