"""A demo host's connection, from hello to its end: `GET /v1/link`, as `fleet.protocol` tells it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from fleet import protocol
from fleet.client.address import Address
from fleet.demo.hosts.duties import Duties

TICK = 0.1  # seconds within which what is due is sent
OPEN_WITHIN, CLOSE_WITHIN = 10.0, 0.5  # seconds
# Close codes after which nobody comes back with this key.
FINAL = (protocol.KEY_ENDED, protocol.CLONE)
REFUSED = (401, 403)


class Gone(Exception):
    """This host's key is not good any more: somebody has deleted it, or uses it elsewhere."""


class Link:
    """Connects again and again with one key; `session` is the last that the server gave."""

    def __init__(self, url: str, key: str, duties: Duties, described: dict[str, Any]) -> None:
        address = Address(url, key)
        self._place = address.by("wss" if address.secure else "ws") + protocol.PATH
        self._key, self._duties, self._described = key, duties, described
        self._session: str | None = None

    def live(self, is_over: Callable[[], bool], each: Callable[[], None]) -> None:
        """Stay connected until `is_over`; `each` is called all the time meanwhile.

        Returns when the connection breaks, too. Raises Gone, and OSError when there is no connecting.
        """
        try:
            with connect(
                self._place,
                additional_headers={"X-Agent-Key": self._key},
                compression=None,
                proxy=None,
                open_timeout=OPEN_WITHIN,
                close_timeout=CLOSE_WITHIN,
                max_size=2 * protocol.MESSAGE_MOST,
            ) as socket:
                self._speak(socket, is_over, each)
        except ConnectionClosed as end:
            if end.rcvd is not None and end.rcvd.code in FINAL:
                raise Gone(end.rcvd.reason) from None
        except InvalidStatus as refusal:
            if refusal.response.status_code in REFUSED:
                raise Gone("its key is not good any more") from None
            raise ConnectionError(str(refusal)) from refusal
        except InvalidHandshake as error:
            raise ConnectionError(str(error)) from error
        finally:
            self._duties.disconnected()

    def _speak(self, socket: Connection, is_over: Callable[[], bool], each: Callable[[], None]) -> None:
        hello = {"type": "hello", "protocol": protocol.VERSION, "session": self._session}
        socket.send(json.dumps(hello | self._described | self._duties.hello()))
        welcomed = False
        while not is_over():
            with suppress(TimeoutError):
                frame = json.loads(socket.recv(timeout=TICK))
                if frame["type"] == "welcome":
                    welcomed, self._session = True, str(frame["session"])
                self._duties.take(frame)
            if not welcomed:
                continue
            for message in self._duties.outgoing():
                socket.send(message if isinstance(message, bytes) else json.dumps(message))
            each()
