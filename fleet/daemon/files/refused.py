"""What keeps a file from being sent or taken, in words for people."""

from __future__ import annotations

import errno
import os

from fleet.daemon.roots import FORBIDDEN, PathRefused

EXISTS, DISK_FULL, CHANGED, CHECKSUM, CUT, BUSY = "EXISTS", "DISK_FULL", "CHANGED", "CHECKSUM", "CUT", "BUSY"


class Failed(Exception):
    """A request of the server's came to nothing, and left nothing: a code of the protocol, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def as_failed(error: Exception, path: str) -> Failed:
    """Whatever went wrong with a file, in our words."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, PathRefused):
        return Failed(error.code, error.message)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Failed(DISK_FULL, f'There is no room for "{path}" on this host.')
    if isinstance(error, OSError) and error.errno is not None:
        return Failed(FORBIDDEN, f'"{path}" cannot be written: {os.strerror(error.errno)}.')
    return Failed(CUT, f"The transfer was cut off: {error}")
