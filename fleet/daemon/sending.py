"""What a socket has not taken yet."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import List

from fleet.daemon.loop import READ, WRITE

# Bytes that are joined for one call of the system.
PIECE = 1 << 18


class Remainder:
    """Bytes in order; `wanted` is what the loop has to wait for before there is more to do: WRITE, READ, or 0."""

    def __init__(self, sock: socket.socket) -> None:
        self.wanted = 0
        self._sock = sock
        self._bytes = bytearray()

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, pieces: List[bytes]) -> None:
        """Append; the empty piece, by which websockets means the end of the stream, adds nothing."""
        for piece in pieces:
            self._bytes += piece

    def write(self) -> int:
        """Write what the socket takes now; returns how many bytes. Raises OSError."""
        written = 0
        self.wanted = 0
        try:
            while self._bytes:
                count = self._sock.send(self._bytes[:PIECE])
                del self._bytes[:count]
                written += count
        except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError):
            self.wanted = WRITE
        except ssl.SSLWantReadError:
            # TLS waits for the other side: writing again before something has come would only turn in circles.
            self.wanted = READ
        return written


def pending(sock: socket.socket) -> int:
    """Bytes that TLS holds readily decrypted; 0 without TLS."""
    if isinstance(sock, ssl.SSLSocket):
        with contextlib.suppress(ValueError):
            return sock.pending()
    return 0
