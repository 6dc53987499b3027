"""How long something may take in all, however many steps it has."""

from __future__ import annotations

import socket
import time

# Until Python 3.10 a socket's own is another one.
TIMEOUTS = (TimeoutError, socket.timeout)


class Deadline:
    """A moment, so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds. Raises TimeoutError once it has come."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        return left

    def apply(self, sock: socket.socket) -> None:
        """Let the socket's next step take what is left. Raises TimeoutError."""
        sock.settimeout(self.left())
