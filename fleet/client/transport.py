"""One kept-alive connection to the server: requests, retries, clear refusals.

Not for several threads at once: anybody who talks has its own. Only `interrupt` may
come from another thread; it wakes a request that is waiting for its answer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import ssl
import threading
import uuid

from fleet.client.address import Address, Json
from fleet.client.diagnosis import explained
from fleet.client.refusals import PASSING, Refused, Stopped, Unreachable, judged

PASSING_TRIES = 6  # a server that says "not now" this often has a fault, not a busy moment
LONGEST_PAUSE = 15.0  # seconds between two tries


class Transport:
    """Requests to one server with one token.

    `tries` is how often a request is sent when connections break or the server
    says "not now" (0: for good). `timeout` is in seconds and bounds the wait
    for an answer beyond what the request itself asked for. Raises ValueError
    for what is no address.
    """

    def __init__(self, url: str, token: str, stop: threading.Event, *, tries: int = 0, timeout: float = 30.0) -> None:
        self.address = Address(url, token)
        self._connection = self.address.connection(timeout)
        self._headers = self.address.headers(**{"Accept": "application/json", "Content-Type": "application/json"})
        self._stop, self._tries, self._timeout = stop, tries, timeout
        self.url = url

    def send(self, method: str, path: str, body: Json | None = None, *, wait: float = 0) -> Json:
        """The JSON of a 2xx answer ({} for 204); `wait` is how long a long poll may take, in seconds.

        Raises Refused or a child of it, Unreachable, Stopped.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = self._headers_for(method)
        attempt = 0
        while True:
            if self._stop.is_set():
                raise Stopped
            attempt += 1
            stood_idle = self._connection.sock is not None
            try:
                return self._once(method, path, content, headers, wait)
            except (OSError, http.client.HTTPException) as problem:
                self._connection.close()
                # The server may end a connection that stands idle: no fault, so no pause.
                if not (stood_idle and attempt == 1):
                    self._before_next_try(problem, attempt)
            except Refused as refusal:
                if refusal.status not in PASSING or attempt >= PASSING_TRIES:
                    raise
                self._before_next_try(refusal, attempt)

    def _headers_for(self, method: str) -> dict[str, str]:
        if method != "POST":
            return self._headers
        # The same key on every try: a reply lost on the way must not double the thing.
        return {**self._headers, "Idempotency-Key": str(uuid.uuid4())}

    def _once(self, method: str, path: str, content: bytes | None, headers: dict[str, str], wait: float) -> Json:
        connection = self._connection
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(self._timeout + wait)
        connection.request(method, self.address.base + path, content, headers)
        response = connection.getresponse()
        return judged(self.address, response, response.read())

    def _before_next_try(self, problem: Exception, attempt: int) -> None:
        # TLS that has failed once fails the next time too; anybody who tries for good goes on, since it may be put right.
        if attempt == self._tries or (self._tries and isinstance(problem, ssl.SSLError)):
            raise Unreachable(explained(self.address, problem)) from problem
        pause(attempt, self._stop)

    def interrupt(self) -> None:
        """Break the connection, and with it a request under way in another thread."""
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back to the system; for the thread that uses it."""
        self._connection.close()


def pause(attempt: int, stop: threading.Event) -> None:
    """Wait, twice as long each time, and at random, so that a fleet does not come as a herd. Raises Stopped."""
    longest = min(LONGEST_PAUSE, 0.25 * 2.0 ** min(attempt, 10))
    if stop.wait(random.uniform(longest / 2, longest)):  # noqa: S311  # a pause is no secret
        raise Stopped
