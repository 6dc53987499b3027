"""Opening a path beneath a folder, whatever links lie on the way and whoever changes them meanwhile.

`openat2(2)` where the kernel has it (Linux 5.6), else a walk that follows no link at all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from functools import lru_cache
from typing import List

# The same number on every architecture that Python runs on (but Alpha).
OPENAT2 = 437
NO_MAGICLINKS, NO_SYMLINKS, BENEATH = 0x02, 0x04, 0x08
# What a path of many links and ".." may need when somebody renames beside it.
TRIES = 8
# A descriptor that is only gone through, or looked at; macOS has none.
O_PATH = getattr(os, "O_PATH", 0)
THROUGH = O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


class Escaped(Exception):
    """The path leads out of its folder, or through a link that cannot be followed within it."""


class _How(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_beneath(folder: int, path: str, flags: int, links: bool = True) -> int:
    """Open `path` (relative, without "..") below the folder's descriptor. Raises Escaped, OSError.

    With `links` those are followed that stay beneath the folder, without `links` none.
    """
    flags |= os.O_CLOEXEC if flags & O_PATH else os.O_CLOEXEC | os.O_NOCTTY  # openat2 minds what has no meaning
    if has_openat2():
        return _openat2(folder, path, flags, BENEATH | NO_MAGICLINKS | (0 if links else NO_SYMLINKS))
    return _walk(folder, path, flags)


@lru_cache(maxsize=1)
def has_openat2() -> bool:
    """False on older kernels, on other systems, and where a sandbox forbids what it does not know."""
    try:
        os.close(_openat2(-100, ".", THROUGH, 0))
    except (OSError, AttributeError):
        return False
    return True


def _openat2(folder: int, path: str, flags: int, resolve: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    how = _How(flags, 0, resolve)
    code = 0
    for _ in range(TRIES):
        fd: int = libc.syscall(OPENAT2, folder, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how))
        if fd >= 0:
            return fd
        code = ctypes.get_errno()
        if code not in (errno.EAGAIN, errno.EINTR):
            break
    if code in (errno.EXDEV, errno.ELOOP, errno.EAGAIN):
        raise Escaped(path)
    raise OSError(code, os.strerror(code), path)


def _walk(folder: int, path: str, flags: int) -> int:
    """Component by component, none of them a link."""
    names: List[str] = [name for name in path.split("/") if name not in ("", ".")] or ["."]
    here = os.dup(folder)
    try:
        for name in names[:-1]:
            below = _step(here, name, THROUGH)
            os.close(here)
            here = below
        return _step(here, names[-1], flags)
    finally:
        os.close(here)


def _step(folder: int, name: str, flags: int) -> int:
    try:
        fd = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        # A link is ELOOP where a file was wanted, ENOTDIR where a folder was.
        if error.errno in (errno.ELOOP, errno.ENOTDIR) and is_link(folder, name):
            raise Escaped(name) from error
        raise
    if stat.S_ISLNK(os.fstat(fd).st_mode):  # O_PATH opens the link itself
        os.close(fd)
        raise Escaped(name)
    return fd


def is_link(folder: int, name: str) -> bool:
    """True for a symbolic link."""
    try:
        os.readlink(name, dir_fd=folder)
    except OSError:
        return False
    return True
