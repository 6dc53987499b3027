"""A proxy that knows CONNECT: whatever is asked for, it leads to one port of loopback."""

from __future__ import annotations

import contextlib
import select
import socket
import threading


class ConnectProxy:
    """Answers 407 without `authorization`, `refuses` with that status, else joins both sides."""

    def __init__(self, port: int, authorization: str | None = None, refuses: bytes | None = None) -> None:
        self.target = port
        self.authorization = authorization
        self.refuses = refuses
        self.heads: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads[0].start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(client)
            self.threads.append(threading.Thread(target=self.attend, args=(client,), daemon=True))
            self.threads[-1].start()

    def attend(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            self.heads.append(head)
            if self.refuses is not None:
                client.sendall(self.refuses)
                client.shutdown(socket.SHUT_RDWR)
            elif self.authorization and f"Proxy-Authorization: {self.authorization}".encode() not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                client.shutdown(socket.SHUT_RDWR)
            else:
                server = socket.create_connection(("127.0.0.1", self.target))
                self.open.append(server)
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
                join(client, server)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for each in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self.threads:
            thread.join(5)


def join(one: socket.socket, other: socket.socket) -> None:
    """Pass on whatever comes, both ways, until either side ends."""
    while True:
        for ready in select.select([one, other], [], [])[0]:
            piece = ready.recv(1 << 16)
            there = other if ready is one else one
            if not piece:
                there.shutdown(socket.SHUT_RDWR)
                return
            there.sendall(piece)
