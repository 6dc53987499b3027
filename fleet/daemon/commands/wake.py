"""A knock at the daemon's door: a runner says that there is something to look at, and never waits for anybody."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Optional


class Knocker:
    """The runner's side of the named pipe. Without a daemon, or with one that has not looked yet, nothing happens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: Optional[int] = None

    def knock(self) -> None:
        """Let the daemon look."""
        with contextlib.suppress(OSError):
            if self._fd is None:
                self._fd = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            os.write(self._fd, b"!")


class Door:
    """The daemon's side. It outlives daemons: a runner's open end serves the next one as well."""

    def __init__(self, path: Path) -> None:
        if not path.is_fifo():
            path.unlink(missing_ok=True)
            os.mkfifo(path, 0o600)
        # For writing too: without a runner it would be readable all the time.
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def answer(self) -> None:
        """Take the knocks; whoever knocked, all are looked at."""
        with contextlib.suppress(BlockingIOError):
            while len(os.read(self.fd, 4096)) == 4096:
                pass

    def close(self) -> None:
        """Be gone."""
        os.close(self.fd)
