"""A relay on loopback that counts what passes: also what a browser's workers load, of which its pages know nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Relay:
    """A port in front of another one, and the bytes that have come back through it."""

    port: int
    received: int = 0
    connections: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, data: int, connections: int = 0) -> None:
        """Add what has passed."""
        with self._lock:
            self.received += data
            self.connections += connections


@contextlib.contextmanager
def relay(port: int) -> Iterator[Relay]:
    """Relay to `port` of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        passed = Relay(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, port, passed), daemon=True).start()
        yield passed
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, passed: Relay) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            passed.count(0, connections=1)
            threading.Thread(target=_pump, args=(client, server, None), daemon=True).start()
            threading.Thread(target=_pump, args=(server, client, passed), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, passed: Relay | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if passed is not None:
                passed.count(len(data))
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
