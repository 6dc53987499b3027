"""One server process on one SQLite file.

SQLite has one writer, and the memory bus wakes nobody outside of its process:
a second server on the same file would wait in C and show stale pages. The
lock is `flock` on a file beside the database; the system drops it when the
process ends, however it ends.

A file with two names (hard links) would have two locks, and two write-ahead
logs: what is written through one name is lost for the other. So it is refused,
but for the name that a restore gave it which was cut short: that one goes.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

from fleet.config.database_file import DatabaseUnusable
from fleet.config.database_trouble import why
from fleet.errors import FleetError

RETRY = 0.05  # seconds
FLOCK = "hhqqi"  # struct flock: type, whence, start, length, pid


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

    `database` is the file itself, as `Settings.sqlite_path` gives it: by way of a
    link there would be another lock. Forked children hold it too, until the last
    of them has ended.
    """

    def __init__(self, database: Path) -> None:
        self.database = database
        self.path = database.with_name(f"{database.name}.lock")
        self._descriptor: int | None = None

    def acquire(self, *, wait: float = 0) -> None:
        """Take the lock, trying for `wait` seconds; raises DatabaseInUse or DatabaseUnusable."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseUnusable(str(self.database), why(self.path, error)) from error
        deadline = time.monotonic() + wait
        try:
            self._lock(descriptor, deadline)
            from fleet.db.upkeep.aside import put_back  # not before: who only asks for the holder stays light

            put_back(self.database)
            require_one_name(self.database)
        except FleetError:
            os.close(descriptor)
            raise
        except OSError as error:
            os.close(descriptor)
            raise DatabaseUnusable(str(self.database), why(self.database, error)) from error
        with suppress(OSError):  # who holds it is a courtesy that a full disk may forbid
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def _lock(self, descriptor: int, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.read(descriptor, 20).decode(errors="replace").partition("\n")[0]
                    raise DatabaseInUse(self.database, holder) from None
                time.sleep(RETRY)
            else:
                return

    def adopt(self, descriptor: int) -> bool:
        """Hold the lock by a descriptor that another process has locked; False when that is another database's."""
        try:
            same = os.path.samestat(os.fstat(descriptor), self.path.stat())
        except OSError:
            same = False
        if same:
            self._descriptor = descriptor
        return same

    @property
    def descriptor(self) -> int | None:
        """What a child process must have open to hold the lock too; None while it is not held."""
        return self._descriptor

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next holder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def require_one_name(database: Path) -> None:
    """Refuse a file that has other names. Raises DatabaseInUse when one works on it by now, else DatabaseUnusable.

    Not to be called while this process itself has the database open: closing any
    descriptor of a file drops the locks that SQLite holds on it.
    """
    try:
        status = database.stat()
    except OSError:
        return  # there is none yet, or anybody who opens it says what is wrong
    if status.st_nlink == 1:
        return
    holder = user_of(database)
    if holder is not None:
        raise DatabaseInUse(database, holder)
    raise DatabaseUnusable(
        str(database),
        f"the file has {status.st_nlink} names (hard links), and what is written through one of them is lost for the"
        f" others; find them with `find / -xdev -samefile {database}` and remove all but one",
    )


def user_of(database: Path) -> str | None:
    """The process that has the file open with SQLite, by whichever of its names; None when there is none."""
    asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        descriptor = os.open(database, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        kind, _, _, _, process = struct.unpack(FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    return None if kind == fcntl.F_UNLCK else str(process)
