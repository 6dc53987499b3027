"""`python -m tests.bench.watched`: Fleet as it is, and a note of each stretch in which its loop served nobody else.

Whenever one greenlet of the serving process goes on where another one stops, the one before has run for a
stretch: how long is written to the file that the variable STRETCHES names, a line each, as three numbers of
seconds: the monotonic clock at its end, how long it took, and how much of that was this thread's own work.
"""

from __future__ import annotations

import os
import time
from typing import Any

import greenlet

# The variable with the file's name, without the process's number behind it.
STRETCHES = "STRETCHES"
# Seconds; shorter ones hold up nobody.
LEAST = 0.001


class Watch:
    """What the loop does in this process and in those that it is forked into."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pid, self._file = 0, -1
        self._began, self._worked = time.monotonic(), time.thread_time()

    def __call__(self, event: str, _switch: Any) -> None:
        """What greenlet calls behind each switch."""
        now, worked = time.monotonic(), time.thread_time()
        took, work = now - self._began, worked - self._worked
        # The hub waits for whoever comes next: it works only as long as its thread does.
        if took >= LEAST and work >= LEAST / 10 and event in ("switch", "throw"):
            self._note(f"{now:.6f} {took:.6f} {work:.6f}\n".encode())
        self._began, self._worked = time.monotonic(), time.thread_time()

    def _note(self, line: bytes) -> None:
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._file = os.open(f"{self._path}.{self._pid}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(self._file, line)


def main() -> None:
    """Watch, and be `fleet`."""
    if STRETCHES in os.environ:  # not for a command beside the server
        greenlet.settrace(Watch(os.environ[STRETCHES]))
    from fleet.cli import main as fleet

    fleet(prog_name="fleet")


if __name__ == "__main__":
    main()
