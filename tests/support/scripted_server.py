"""A server that says what a test has written down for it."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from io import BufferedReader

OK = b'HTTP/1.1 200 OK\r\nX-Fleet: 1\r\nContent-Length: 11\r\n\r\n{"id": "x"}'
HANG_UP = b""


def refusal(status: int, code: str = "", message: str = "") -> bytes:
    body = b'{"error": {"code": "%s", "message": "%s"}}' % (code.encode(), message.encode())
    return b"HTTP/1.1 %d X\r\nX-Fleet: 1\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def whole(stream: BufferedReader) -> str:
    """The next request with its body; "" at the end of the connection."""
    head, length = b"", 0
    while (line := stream.readline()).strip():
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return (head + stream.read(length)).decode()


@dataclass
class Scripted:
    """A server that gives the prepared replies, one for each request, and then says nothing.

    After each of its `last_words` it hangs up; these come before the `replies`.
    """

    replies: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    last_words: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("localhost", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while request := whole(stream):
            self.requests.append(request)
            if self.last_words:
                connection.sendall(self.last_words.pop(0))
                connection.shutdown(socket.SHUT_RDWR)
                return
            reply = self.replies.pop(0) if self.replies else None
            if reply == HANG_UP:
                connection.shutdown(socket.SHUT_RDWR)
                return
            if reply is not None:
                connection.sendall(reply)

    def close(self) -> None:
        # shutdown, since closing alone does not wake an accept that waits.
        self.listener.shutdown(socket.SHUT_RDWR)
        for each in (self.listener, *self.open):
            each.close()
        self.thread.join(2)

    def keys(self) -> list[str]:
        lines = [line for request in self.requests for line in request.splitlines()]
        return [line for line in lines if line.startswith("Idempotency-Key: ")]
