"""The daemon's line to the zygote: jobs go out, runners come back, and a zygote that is gone is replaced."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional

from fleet.daemon.commands import zygote
from fleet.daemon.loop import READ, WRITE, Loop

log = logging.getLogger(__name__)
# A job, its runner (0: there is none), and the runner's descriptor where the system has such.
OnRunner = Callable[[str, int, Optional[int]], None]


class Starter:
    """Forks the zygote when it is made: before the daemon opens anything."""

    def __init__(self, loop: Loop, on_runner: OnRunner) -> None:
        self._loop = loop
        self._on_runner = on_runner
        self._asked: Deque[str] = deque()
        self._unsent = b""
        self._open()

    def _open(self) -> None:
        self.pid, self._socket = zygote.fork()
        self._socket.setblocking(False)
        self._loop.watch(self._socket.fileno(), self._ready)

    def start(self, job: Dict[str, Any]) -> None:
        """Have a runner forked for a job."""
        self._asked.append(job["id"])
        self._unsent += zygote.ask(job)
        self._send()

    def _send(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):  # a zygote that is gone shows when it is read
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        self._loop.watch(self._socket.fileno(), self._ready, READ | WRITE if self._unsent else READ)

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self._send()
        if events & READ:
            self._receive()

    def _receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                answered = zygote.answer(self._socket)
                if answered is None:
                    self._replace()
                    return
                self._on_runner(self._asked.popleft(), *answered)

    def _replace(self) -> None:
        """What was asked of the old one may or may not have been done: `begun` decides, whoever tries again."""
        log.warning("The process that starts commands is gone; there is a new one.")
        asked, self._asked, self._unsent = self._asked, deque(), b""
        self._close()
        self._open()
        for command_id in asked:
            self._on_runner(command_id, 0, None)

    def _close(self) -> None:
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def close(self) -> None:
        """Let the zygote end; runners go on."""
        self._close()
