"""Small files that are there whole, or as they were, also after the power went."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace the file; once this returns, it survives. Raises OSError, and then the file is as it was."""
    fresh = path.with_name(f".{path.name}.new")
    # Made anew: one that was left behind may have another owner, another mode, or be a link.
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, mode)
            _give_to_the_owner_of(path.parent, fd)
            file.write(content)
            file.flush()
            os.fsync(fd)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    sync_folder(path.parent)


def overwrite(path: Path, content: bytes) -> None:
    """Write into the file that is there, which needs no room on a full disk. Raises OSError."""
    fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.pwrite(fd, content, 0)
        os.ftruncate(fd, len(content))
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Make what was renamed or removed in it lasting."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _give_to_the_owner_of(folder: Path, fd: int) -> None:
    """Root enrols for the daemon's own user, who must be able to read it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)
