"""From one connection to another inside the kernel: the bytes of a file pass no Python (hosts-shape.md, "Files")."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable

from gevent.socket import wait_read, wait_write

from fleet.db.greenlets import give_way

# Bytes that a pipe holds, and that are moved at a time.
PIPE = 1 << 20
F_SETPIPE_SZ = 1031
FLAGS = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK if hasattr(os, "splice") else 0


# Seconds after which others have their turn, although both sides are ready: a fast file would hold up everybody.
TURN = 0.005


class Turn:
    """How long somebody has kept others waiting."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def over(self) -> None:
        """Let others go first, if it is time."""
        if time.monotonic() - self._began > TURN:
            give_way()
            self._began = time.monotonic()


def splice(source: socket.socket, target: socket.socket, length: int, seconds: float, look: Callable[[], None]) -> int:
    """Move so many bytes, or as many as there are; returns how many.

    `look` is called after each move, and may raise. Raises OSError when a side is gone, or does nothing for `seconds`.
    """
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(writing, F_SETPIPE_SZ, PIPE)
        left, turn = length, Turn()
        while left:
            taken = _once(source.fileno(), writing, min(PIPE, left), lambda: _until(wait_read, source, seconds))
            if not taken:
                break
            left -= taken
            while taken:
                taken -= _once(reading, target.fileno(), taken, lambda: _until(wait_write, target, seconds))
            look()
            turn.over()
        return length - left
    finally:
        os.close(reading)
        os.close(writing)


def _once(source: int, target: int, size: int, wait: Callable[[], None]) -> int:
    while True:
        try:
            return os.splice(source, target, size, flags=FLAGS)
        except BlockingIOError:
            wait()


def _until(wait: Callable[..., None], sock: socket.socket, seconds: float) -> None:
    wait(sock.fileno(), timeout=seconds, timeout_exc=TimeoutError("nothing moved for too long"))
