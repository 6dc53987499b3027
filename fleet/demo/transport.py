"""One kept-alive connection to the server: requests, retries, clear refusals.

Not for several threads at once: every agent has its own. Only `interrupt` may come
from another thread; it wakes a request that is waiting for its answer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import threading
import uuid
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
# Answers that say "not now": the same request may well succeed a moment later.
PASSING = frozenset({429, 500, 502, 503, 504})
PASSING_TRIES = 6  # a server that says it this often has a fault, not a busy moment
LONGEST_PAUSE = 15.0  # seconds between two tries


class Refused(Exception):
    """The server said no. `status` is HTTP's number, `code` the server's word."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Unauthorized(Refused):
    """The token is not good (401) or not good for this (403)."""


class Missing(Refused):
    """What was named is not, or no longer, there (404)."""


class Unreachable(Exception):
    """No answer could be had, in all the tries that were allowed."""


class Stopped(Exception):
    """The caller wanted to stop; what was under way is of no interest any more."""


class Transport:
    """Requests to one server with one token.

    `tries` is how often a request is sent when connections break or the server
    says "not now" (0: for ever). `timeout` is in seconds and bounds the wait
    for an answer beyond what the request itself asked for.
    """

    def __init__(self, url: str, token: str, stop: threading.Event, *, tries: int = 0,
                 timeout: float = 30.0) -> None:  # fmt: skip
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is not the address of a server")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._base = parts.path.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
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

    def _once(self, method: str, path: str, content: bytes | None, headers: dict[str, str],
              wait: float) -> Json:  # fmt: skip
        connection = self._connection
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(self._timeout + wait)
        connection.request(method, self._base + path, content, headers)
        response = connection.getresponse()
        payload = response.read()
        if response.status >= 300:
            raise refusal_from(response.status, payload)
        return parsed(payload)

    def _before_next_try(self, problem: Exception, attempt: int) -> None:
        """Pause, twice as long each time, and at random, so that a fleet does not come as a herd."""
        if attempt == self._tries:
            raise Unreachable(f"{self.url} does not answer: {problem}") from problem
        longest = min(LONGEST_PAUSE, 0.25 * 2.0 ** min(attempt, 10))
        if self._stop.wait(random.uniform(longest / 2, longest)):
            raise Stopped

    def interrupt(self) -> None:
        """Break the connection, and with it a request under way in another thread."""
        sock = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back to the system; for the thread that uses it."""
        self._connection.close()


def parsed(payload: bytes) -> Json:
    """The JSON object in `payload`; {} when there is none."""
    try:
        value = json.loads(payload) if payload else {}
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}


def refusal_from(status: int, payload: bytes) -> Refused:
    """The exception for an answer of 300 or more, in the server's own words when it had any."""
    error = parsed(payload).get("error")
    said = error if isinstance(error, dict) else {}
    code, message = str(said.get("code", "")), str(said.get("message", f"HTTP {status}"))
    if status in (401, 403):
        return Unauthorized(status, code, message)
    return (Missing if status == 404 else Refused)(status, code, message)
