"""flask-sock's routes, with a WebSocket of our own under them (hosts-shape.md, "Sockets under our conversation").

Its handshake answers; its reader, which corrupts large frames under gevent
(simple-websocket's issue 45), never runs. What the view returns takes the
connection from the worker when the answer would be sent.
"""

from __future__ import annotations

import base64
import binascii
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import flask_sock
from flask import Blueprint, Response, after_this_request, g

from fleet.errors import Forbidden, Invalid, UpgradeRequired
from fleet.logs import request_line
from fleet.web.framework import messages
from fleet.web.framework.current import the_request
from fleet.web.live.response import DetachedFromWorker
from fleet.web.security.origins import own_origin

Taker = Callable[[socket.socket], None]
VERSION = "13"  # RFC 6455, 4.2.1
NONCE = 16


class NoThread:
    """In place of the thread that would read from the socket."""

    def __init__(self, target: object) -> None:
        self.name = ""
        del target

    def start(self) -> None:
        """Begin nothing."""


OPTIONS = {"thread_class": NoThread}


class Guarded:
    """A blueprint as flask-sock sees it: what it registers is asked for leave first, while refusing is still possible."""

    def __init__(self, blueprint: Blueprint, view: Callable[..., Taker]) -> None:
        self._blueprint = blueprint
        self._view = view

    def route(self, path: str, **options: Any) -> Callable[[Callable[..., Response]], None]:
        """Register a route for upgrades."""

        def register(upgrade: Callable[..., Response]) -> None:
            @wraps(self._view)
            def guarded(**values: Any) -> Response:
                require_upgrade()
                g.taker = self._view(**values)
                return upgrade(**values)

            self._blueprint.add_url_rule(path, self._view.__name__, guarded, **options)

        return register


class Sock(flask_sock.Sock):  # type: ignore[misc]  # flask-sock has no types
    """Declares WebSocket routes; a view returns what takes the socket over, or raises instead of an upgrade."""

    def route(self, path: str, bp: Blueprint, **kwargs: Any) -> Callable[[Callable[..., Taker]], None]:
        """Decorator: the view is called once the upgrade is known to be a good one, before it is answered."""

        def decorator(view: Callable[..., Taker]) -> None:
            super(Sock, self).route(path, bp=Guarded(bp, view), **kwargs)(opened)

        return decorator


def opened(ws: Any, **_values: Any) -> None:
    """The upgrade has been answered: hand the socket over in place of another answer."""
    ws.connected = False  # flask-sock would close it
    taker = g.taker
    after_this_request(lambda _answer: SocketResponse(ws.sock, taker))


class SocketResponse(messages.Response):
    """The answer that was given already: its connection goes to `taker` in place of being answered."""

    def __init__(self, sock: socket.socket, taker: Taker) -> None:
        super().__init__(status=101)
        self._sock = sock
        self._taker = taker

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Take the connection from the worker."""
        del start_response
        request_line(environ, 101, 0.0)  # the worker will say nothing of it
        self._taker(self._sock)
        raise DetachedFromWorker(kept=isinstance(self._sock, ssl.SSLSocket))


def require_upgrade() -> None:
    """Raise for what is no good upgrade, before anything is answered (RFC 6455, 4.2.1; security.md 8).

    A browser's comes with an Origin, which must be ours; a daemon's has a key and no cookie.
    """
    asked = the_request()
    if asked.headers.get("Sec-WebSocket-Version") != VERSION:
        raise UpgradeRequired
    if not is_nonce(asked.headers.get("Sec-WebSocket-Key", "")):
        raise Invalid("INVALID_UPGRADE", "Sec-WebSocket-Key must be 16 bytes in base64.", field="Sec-WebSocket-Key")
    origin = asked.headers.get("Origin")
    if origin is not None and origin != own_origin():
        raise Forbidden("CROSS_SITE_REQUEST", "Another site may not do this in your name.")
    asked.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)  # flask-sock would agree to compression


def is_nonce(text: str) -> bool:
    """True for 16 bytes in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == NONCE
    except (binascii.Error, ValueError):
        return False
