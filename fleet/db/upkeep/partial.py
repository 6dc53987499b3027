"""Files in the making: under another name until they are whole, and none left behind for long."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What tempfile adds to a prefix.
RANDOM = "[a-z0-9_]{8}"


@contextmanager
def partial(folder: Path, prefix: str) -> Iterator[Path]:
    """An empty file with mode 0600, gone afterwards unless it was renamed. Raises OSError.

    What killed processes have left in `folder` under the same prefix goes first:
    each holds a lock on its own as long as it lives.
    """
    remove_leftovers(folder, prefix)
    descriptor, path = _held(folder, prefix)
    try:
        yield path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(descriptor)


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove files in the making that nobody makes any more, with what SQLite keeps beside them."""
    name = re.compile(rf"{re.escape(prefix)}{RANDOM}")
    for path in folder.iterdir():
        if name.fullmatch(path.name) and _is_abandoned(path):
            for each in (path, *(path.with_name(f"{path.name}{end}") for end in ("-journal", "-wal", "-shm"))):
                with suppress(OSError):
                    each.unlink()


def _held(folder: Path, prefix: str) -> tuple[int, Path]:
    while True:
        descriptor, name = tempfile.mkstemp(prefix=prefix, dir=folder)  # mode 0600
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        path = Path(name)
        if path.exists():  # nobody took it for a leftover before it was locked
            return descriptor, path
        os.close(descriptor)


def _is_abandoned(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False  # gone by now, or somebody else's
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
