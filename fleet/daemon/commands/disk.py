"""Writing that outlives a power cut, and some room kept for the day on which the disk is full."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

RESERVE = 1 << 20
# Errors that say that there is no room: on the disk, by quota, by a limit of the process.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte at the descriptor's place. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def sync(fd: int) -> None:
    """Return once the file's bytes and its length are on the disk. Raises OSError."""
    getattr(os, "fdatasync", os.fsync)(fd)


def sync_folder(folder: Path) -> None:
    """Return once the folder's names are on the disk. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove_folder(folder: Path) -> None:
    """A folder of files and the files in it, as far as that is possible."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def allocate(fd: int, size: int) -> None:
    """Have room for the file's first `size` bytes, and keep what is in it. Raises OSError."""
    if os.fstat(fd).st_size >= size:
        return
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, size)
    else:
        os.lseek(fd, 0, os.SEEK_END)
        write_all(fd, bytes(size - os.fstat(fd).st_size))


class Reserve:
    """A file of 1 MiB that is given up when the disk is full, so that what was begun can be brought to its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._there = False

    def restore(self) -> bool:
        """Have it again, if there is room; False: the disk is full, and nothing new may begin."""
        if not self._there:
            try:
                fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                return False
            try:
                allocate(fd, RESERVE)
                self._there = True
            except OSError:
                self.release()
            finally:
                os.close(fd)
        return self._there

    def release(self) -> None:
        """Make room."""
        self._there = False
        with contextlib.suppress(OSError):
            self._path.unlink()
