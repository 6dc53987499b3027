"""One server process on one SQLite file.

SQLite has one writer, and the memory bus wakes nobody outside of its process:
a second server on the same file would wait in C and show stale pages. The
lock is `flock` on a file beside the database; the system drops it when the
process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from fleet.errors import FleetError

RETRY = 0.05  # seconds


class DatabaseInUse(FleetError):
    """Another Fleet process serves this database."""

    def __init__(self, database: Path, holder: str) -> None:
        who = f" (process {holder})" if holder else ""
        super().__init__(
            "DATABASE_IN_USE",
            f"Another Fleet process{who} works on {database}. SQLite serves one process at a"
            " time: stop the other one, use one worker, or give this one another --database.",
        )


class DatabaseLock:
    """The right to serve one SQLite file, held until `release` or the end of the process.

    Forked children hold it too, until the last of them has ended.
    """

    def __init__(self, database: Path) -> None:
        self.database = database
        self.path = database.with_name(f"{database.name}.lock")
        self._descriptor: int | None = None

    def acquire(self, *, wait: float = 0) -> None:
        """Take the lock, trying for `wait` seconds; raises DatabaseInUse, or OSError from the folder."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.read(descriptor, 20).decode(errors="replace").strip()
                    os.close(descriptor)
                    raise DatabaseInUse(self.database, holder) from None
                time.sleep(RETRY)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next holder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
