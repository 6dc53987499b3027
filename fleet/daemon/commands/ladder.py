"""The end of a command and of all it caused: TERM, five seconds, KILL; what survives is named."""

from __future__ import annotations

import os
import signal
import time
from typing import Callable, List, Set

from fleet import protocol
from fleet.daemon.commands import processes
from fleet.daemon.commands.processes import Process

# Seconds between two looks for processes that came after the TERM, and between two rounds of KILL.
_LOOK_EVERY, _ROUND_EVERY = 0.25, 0.02
# Seconds from the first KILL to giving up: cancel answers within 7 s in all.
_KILLING_MOST = 1.0


class Ladder:
    """Steps down on the runner's own descendants; the runner is their subreaper, so none is missed.

    `alone` says whether the runner has no children any more, and so no descendants.
    """

    def __init__(self, alone: Callable[[], bool]) -> None:
        self._alone = alone
        self._told: Set[int] = set()
        self._kill_at = time.monotonic() + protocol.GRACE
        self._give_up_at = self._kill_at + _KILLING_MOST
        self.next = 0.0
        self.done = False
        self.left: List[Process] = []

    def step(self, now: float) -> None:
        """Do what is due; call again at `next`, and whenever a child has ended."""
        if self._alone():
            self.done = True
        elif now < self.next:
            return
        elif now < self._kill_at:
            self._terminate()
            self.next = min(now + _LOOK_EVERY, self._kill_at)
        elif now < self._give_up_at:
            processes.kill(self._find)
            self.next = now + _ROUND_EVERY
        else:
            self.left, self.done = self._find(), True

    def _find(self) -> List[Process]:
        return processes.descendants(os.getpid())

    def _terminate(self) -> None:
        fresh = [process for process in self._find() if process.pid not in self._told]
        processes.send(fresh, signal.SIGTERM)
        processes.send(fresh, signal.SIGCONT)  # who is stopped could not answer
        self._told.update(process.pid for process in fresh)
