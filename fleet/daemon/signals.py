"""Signals as things that the loop waits for: a handler alone would not wake it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from typing import Callable, Tuple

from fleet.daemon.loop import Loop

ENDS = (signal.SIGTERM, signal.SIGINT)


def on_end(loop: Loop, callback: Callable[[], None], signals: Tuple[signal.Signals, ...] = ENDS) -> None:
    """Call back in the loop when the process is asked to end."""
    here, there = socket.socketpair()
    for end in (here, there):
        end.setblocking(False)
        os.set_inheritable(end.fileno(), False)
    for each in signals:
        signal.signal(each, lambda *_: None)
    signal.set_wakeup_fd(there.detach(), warn_on_full_buffer=False)

    def heard(_: int) -> None:
        with contextlib.suppress(BlockingIOError):
            numbers = here.recv(64)
            if any(number in signals for number in numbers):
                callback()

    loop.watch(here.fileno(), heard)
