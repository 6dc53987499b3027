"""Stands between a daemon and its server and cuts their connections, each behind a byte that chance has drawn."""

from __future__ import annotations

import contextlib
import random
import select
import socket
import threading
from dataclasses import dataclass

PIECE = 1 << 16
# A cut comes behind a number of bytes between these, and as likely between 10 and 100 as between 10,000 and 100,000:
# within the upgrade, between two frames and in the middle of one. Servers say less than daemons.
LEAST, MOST_OF_DAEMON, MOST_OF_SERVER = 1, 1_000_000, 10_000
RESET = b"\x01\0\0\0\0\0\0\0"


@dataclass(frozen=True)
class Cut:
    """Behind so many bytes of the daemon's, or of the server's; `reset`: nothing that is under way arrives."""

    of_daemon: bool
    behind: int
    reset: bool


class CuttingRelay:
    """Listens at `url`; while a `storm` lasts, each connection is cut where a draw of `chance` says."""

    def __init__(self, port: int, chance: random.Random, host: str = "127.0.0.1") -> None:
        self.target = port
        self.cuts = 0
        self.made: list[Cut] = []
        self.chance = chance
        self.listener = socket.create_server((host, 0))
        self.url = f"http://{host}:{self.listener.getsockname()[1]}"
        self.open: set[socket.socket] = set()
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads[0].start()

    def storm(self, cuts: int) -> None:
        """Cut so many connections from now on; those that stand end, since nothing was drawn for them."""
        self.cuts = cuts
        if cuts:
            self.end_all()

    def end_all(self) -> None:
        """Both sides of each connection."""
        for side in list(self.open):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Take connections until the end."""
        while True:
            try:
                daemon, _ = self.listener.accept()
            except OSError:
                return
            cut = self.draw() if self.cuts > 0 else None
            self.threads.append(threading.Thread(target=self.attend, args=(daemon, cut), daemon=True))
            self.threads[-1].start()

    def draw(self) -> Cut:
        """Where the next one is cut."""
        of_daemon = self.chance.random() < 0.7
        most = MOST_OF_DAEMON if of_daemon else MOST_OF_SERVER
        behind = int(LEAST * (most / LEAST) ** self.chance.random())
        return Cut(of_daemon, behind, self.chance.random() < 0.5)

    def attend(self, daemon: socket.socket, cut: Cut | None) -> None:
        """Join one connection with the server until either side ends, or the cut has come."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.close_one, daemon)
            self.open.add(daemon)
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return  # it is not there now
            stack.callback(self.close_one, server)
            self.open.add(server)
            with contextlib.suppress(OSError):
                self.join(daemon, server, cut)

    def join(self, daemon: socket.socket, server: socket.socket, cut: Cut | None) -> None:
        """Pass on whatever comes, both ways."""
        left = cut.behind if cut else 0
        while True:
            for ready in select.select([daemon, server], [], [])[0]:
                counted = cut is not None and (ready is daemon) == cut.of_daemon
                piece = ready.recv(min(PIECE, left) if counted else PIECE)
                if not piece:
                    return
                (server if ready is daemon else daemon).sendall(piece)
                left -= len(piece) if counted else 0
                if cut is not None and left <= 0:
                    self.sever(daemon, server, cut)
                    return

    def sever(self, daemon: socket.socket, server: socket.socket, cut: Cut) -> None:
        """Cut both sides."""
        self.cuts -= 1
        self.made.append(cut)
        for side in (daemon, server) if cut.reset else ():
            side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def close_one(self, side: socket.socket) -> None:
        """End one side of a connection."""
        self.open.discard(side)
        side.close()

    def close(self) -> None:
        """End everything."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.end_all()
        for thread in self.threads:
            thread.join(5)
