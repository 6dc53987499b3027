"""Sockets that stand in for a Docker engine's: each answers as it is told, or never."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PONG = b"HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"


@contextmanager
def engine_at(place: Path | None, answer: bytes | None = PONG) -> Iterator[str]:
    """An engine at a path, or on a free port of loopback; yields what DOCKER_HOST calls it.

    Without an `answer` it takes what it is asked and says nothing.
    """
    listening = socket.socket(socket.AF_UNIX) if place else socket.socket()
    listening.bind(str(place) if place else ("127.0.0.1", 0))
    listening.listen()
    taken: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                asking, _ = listening.accept()
            except OSError:
                return
            taken.append(asking)
            if answer is not None:
                asking.recv(1024)
                asking.sendall(answer)
                asking.close()

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield f"unix://{place}" if place else f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        serving.join(5)
        for asking in taken:
            asking.close()
