"""An end to every conversation, also with somebody who sends a byte now and then."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Conversation(Protocol):
    """A connection of the standard library's: its socket, while it has one."""

    sock: Any


@contextmanager
def cut_after(seconds: float, conversation: Conversation) -> Iterator[None]:
    """Cut the connection after so long in all; what then goes wrong is a TimeoutError, whatever the reader thinks of it.

    The socket must stand in the conversation from its connection on, handshakes included.
    """
    over = threading.Event()

    def cut() -> None:
        over.set()
        if conversation.sock is not None:
            shut(conversation.sock)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if over.is_set():
            raise TimeoutError("it took too long in all") from error
        raise
    finally:
        timer.cancel()


def shut(sock: socket.socket) -> None:
    """Wake the reader that waits from a socket; it is at its end."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
