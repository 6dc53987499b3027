"""What is written back: gunicorn's response, its head and the first piece of its body in one send."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from gunicorn.http.wsgi import Response
from gunicorn.util import http_date

from fleet.server import incoming

LAST_CHUNK = b"0\r\n\r\n"
# Headers with few values, found good once: gunicorn matches each against its grammar for every answer, which is
# a twelfth of what an answer costs.
FEW_VALUES = frozenset(
    {
        "Cache-Control",
        "Content-Security-Policy",
        "Content-Type",
        "Cross-Origin-Opener-Policy",
        "Referrer-Policy",
        "Vary",
        "X-Content-Type-Options",
        "X-Fleet",
    }
)
GOOD_MOST = 256
_good: set[tuple[str, str]] = set()


class BufferedResponse(Response):
    """Keeps the head back until there is something to send with it.

    A send of its own for the head is one system call more for each request, and
    gevent's `sendall` two more for each send: it asks how large the buffer is.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.headers_sent = False
        self._head = b""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Take the application's headers. Raises for what would not be one header."""
        for header in headers:
            if header in _good:
                self.headers.append(header)
                continue
            super().process_headers([header])
            if header[0] in FEW_VALUES and len(_good) < GOOD_MOST and self.headers[-1] == header:
                _good.add(header)

    def send_headers(self) -> None:
        """Make the head; it leaves with what comes next."""
        if not self.headers_sent:
            self.headers_sent = True
            self._head = self._made()

    def close(self) -> None:
        """Send what is kept back, and the end of a body in chunks."""
        self.send_headers()
        self._send(LAST_CHUNK if self.chunked else b"")

    def sendfile(self, respiter: Any) -> bool:
        """Send a file's bytes from the kernel, where that is possible."""
        self.send_headers()
        self._send(b"")
        return bool(super().sendfile(respiter))

    def hand_over(self, pour: Callable[[Any], int | None]) -> bool:
        """Let the body write itself into the connection, behind the head; False where it cannot.

        `pour` returns how many bytes it has written, None when it has written nothing and wants to be asked for pieces.
        """
        if self.chunked or isinstance(self.sock, ssl.SSLSocket):
            return False
        self.send_headers()
        self._send(b"")
        written = pour(self.sock)
        self.sent += written or 0
        return written is not None

    def _emit_body(self, data: bytes) -> None:
        self._send(b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def _made(self) -> bytes:
        major, minor = self.req.version
        connection = "upgrade" if self.upgrade else "close" if self.should_close() else "keep-alive"
        chunked = "Transfer-Encoding: chunked\r\n" if self.chunked else ""
        fields = "".join([f"{name}: {value}\r\n" for name, value in self.headers])
        return (
            f"HTTP/{major}.{minor} {self.status}\r\nServer: {self.version}\r\nDate: {date(int(time.time()))}\r\n"
            f"Connection: {connection}\r\n{chunked}{fields}\r\n"
        ).encode("latin-1")

    def _send(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        if data:
            sent = self.sock.send(data)
            if sent < len(data):
                self._send_rest(memoryview(data)[sent:])

    def _send_rest(self, rest: memoryview) -> None:
        """Send what the socket did not take at once. Raises TimeoutError when the reader takes too little in time."""
        seconds = incoming.patience(self.req)
        deadline, taken = time.monotonic() + seconds, 0
        try:
            while rest:
                self.sock.settimeout(max(0.001, deadline - time.monotonic()))
                sent = self.sock.send(rest)
                rest, taken = rest[sent:], taken + sent
                if taken >= incoming.ENOUGH:
                    deadline, taken = time.monotonic() + seconds, 0
        finally:
            self.sock.settimeout(incoming.PATIENCE)


@lru_cache(maxsize=2)
def date(second: int) -> str:
    """A `Date` header's value."""
    return str(http_date(second))
