"""Which files of this host may be read and written: beneath the roots of the host's own file, and nothing else.

No path leads out of a root: not by "..", not by a link, not by `/proc`, nor by one that is changed between looking
and opening. Only regular files are opened, and no FIFO or device is ever waited for.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Callable, NoReturn, Optional, Tuple

from fleet.daemon import beneath
from fleet.daemon.beneath import Escaped, open_beneath
from fleet.daemon.permission import who_could

OUTSIDE_ROOTS, FORBIDDEN, NOT_FOUND, NOT_A_FILE = "OUTSIDE_ROOTS", "FORBIDDEN", "NOT_FOUND", "NOT_A_FILE"
READING = os.O_RDONLY | os.O_NONBLOCK
FOLDER = os.O_RDONLY | os.O_DIRECTORY
# Only to ask what it is; opening it means nothing to a FIFO or a device.
LOOKING = beneath.O_PATH or READING


class PathRefused(Exception):
    """This path is not opened: a code of the protocol, and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Roots:
    """The folders below which files may be read, and those below which they may be written."""

    def __init__(self, read: Tuple[Path, ...], write: Tuple[Path, ...]) -> None:
        self.read = read
        self.write = write

    def open(self, path: str) -> Tuple[int, os.stat_result]:
        """A descriptor of a regular file beneath a root for reading, and what it is. Raises PathRefused.

        It is the caller's to close; it does not wait (O_NONBLOCK, which regular files pass over).
        """
        # Looked at before it is opened: the mere opening of a device can do something.
        seen = self._opened(path, self.read, LOOKING)
        try:
            _require_regular(os.fstat(seen), path)
        finally:
            os.close(seen)
        fd = self._opened(path, self.read, READING)
        try:
            found = os.fstat(fd)
            _require_regular(found, path)
        except BaseException:
            os.close(fd)
            raise
        return fd, found

    def open_folder(self, path: str) -> int:
        """A descriptor of a folder beneath a root for reading, to be closed by the caller. Raises PathRefused."""
        return self._opened(path, self.read, FOLDER)

    def folder_for(self, path: str) -> Tuple[int, str]:
        """A descriptor of the folder beneath a root in which `path` may be written, and its name there.

        Whatever has that name already is a regular file. Raises PathRefused.
        """
        _require_plain(path)
        above, name = os.path.split(path)
        if not _root_of(path, self.write):
            raise _outside(path)
        if not name or name == "." or not _root_of(above, self.write):
            raise PathRefused(NOT_A_FILE, f'"{path}" is a folder: say the name of the file too.')
        fd = self._opened(above, self.write, FOLDER)
        try:
            _require_free_or_regular(fd, name, path)
        except BaseException:
            os.close(fd)
            raise
        return fd, name

    def _opened(self, path: str, roots: Tuple[Path, ...], flags: int) -> int:
        _require_plain(path)
        root = _root_of(path, roots)
        if root is None:
            raise _outside(path)
        try:
            try:
                return _open(root, path, flags, links=True)
            except Escaped:
                # A link out of its root, which may lead into another one, or by a name from "/" back into the same.
                real = os.path.realpath(path)
                real_root = _root_of(real, tuple(Path(os.path.realpath(each)) for each in roots))
                if real_root is None:
                    raise _outside(path) from None
                return _open(real_root, real, flags, links=False)
        except Escaped:
            raise _outside(path) from None
        except (UnicodeError, OSError) as error:
            _refuse(error, path, lambda: _look(root, path))


def _open(root: Path, path: str, flags: int, links: bool) -> int:
    folder = os.open(root, beneath.THROUGH)
    try:
        return open_beneath(folder, os.path.relpath(path, root), flags, links)
    finally:
        os.close(folder)


def _look(root: Path, path: str) -> int:
    return _open(root, path, LOOKING, links=True)


def _root_of(path: str, roots: Tuple[Path, ...]) -> Optional[Path]:
    """The narrowest root that the path lies in by its words; the root itself is in it."""
    parts = Path(path).parts
    fitting = [root for root in roots if parts[: len(root.parts)] == root.parts]
    return max(fitting, key=lambda root: len(root.parts), default=None)


def _require_plain(path: str) -> None:
    if not path.startswith("/") or path.startswith("//") or "\0" in path or ".." in path.split("/"):
        raise _outside(path)


def _require_regular(found: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise PathRefused(NOT_A_FILE, f'"{path}" is {_kind(found.st_mode)}, no file.')
    if found.st_dev == _device("/proc") or found.st_dev == _device("/sys"):
        raise PathRefused(NOT_A_FILE, f'"{path}" is of the kernel, no file.')


def _require_free_or_regular(folder: int, name: str, path: str) -> None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    except (UnicodeError, OSError) as error:
        _refuse(error, path)
    if not stat.S_ISREG(found.st_mode):
        raise PathRefused(NOT_A_FILE, f'"{path}" is {_kind(found.st_mode)}, no file.')


def _device(place: str) -> Optional[int]:
    try:
        return Path(place).stat().st_dev if os.path.ismount(place) else None
    except OSError:
        return None


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((words for is_kind, words in kinds if is_kind(mode)), "a device")


def _outside(path: str) -> PathRefused:
    return PathRefused(OUTSIDE_ROOTS, f'"{path}" is not below a folder that this host has opened.')


def _refuse(error: Exception, path: str, look: Optional[Callable[[], int]] = None) -> NoReturn:
    """Say in our words why the system opens no file. Raises PathRefused."""
    code = error.errno if isinstance(error, OSError) else errno.ENOENT
    if code in (errno.EACCES, errno.EPERM):
        raise PathRefused(FORBIDDEN, who_could(path, look)) from error
    if code in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL):
        raise PathRefused(NOT_FOUND, f'There is no "{path}".') from error
    if code in (errno.ENXIO, errno.EISDIR, errno.ENODEV):
        raise PathRefused(NOT_A_FILE, f'"{path}" is no file.') from error
    raise PathRefused(FORBIDDEN, f'"{path}" cannot be opened: {os.strerror(code or errno.EIO)}.') from error
