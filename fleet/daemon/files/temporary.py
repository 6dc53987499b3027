"""A file that is being taken: it has no name until all of it is there, so that nothing is left of half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import Optional

from fleet.daemon.files.refused import EXISTS, Failed

NAMELESS = getattr(os, "O_TMPFILE", 0)
# What a file gets that nobody said a mode for; of a mode that was said, these bits count.
USUAL_MODE, MODES = 0o644, 0o777
# The beginning of the names of files for which the file system had no nameless ones.
PREFIX = ".fleet-upload-"
COPY = 1 << 20
# A file system that cannot do this, or a kernel that does not know it.
CANNOT = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)


class Temporary:
    """A file in a folder (a descriptor, of which a copy is kept), open for reading and writing."""

    def __init__(self, folder: int) -> None:
        self._folder = os.dup(folder)
        self._name: Optional[str] = None
        try:
            self.fd = self._open()
        except BaseException:
            os.close(self._folder)
            raise

    def _open(self) -> int:
        if NAMELESS:
            try:
                return os.open(".", NAMELESS | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=self._folder)
            except OSError as error:
                if error.errno not in CANNOT:
                    raise
        self._name = _a_name()
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(self._name, flags, 0o600, dir_fd=self._folder)

    def place(self, folder: int, name: str, mode: Optional[int], overwrite: bool) -> None:
        """Be the file `name` in a folder, whole and for good, in one step. Raises Failed, OSError."""
        there = _mode_of(folder, name)
        if there is not None and not overwrite:
            raise Failed(EXISTS, f'There is a "{name}" already: say overwrite if it may be replaced.')
        if os.fstat(folder).st_dev != os.fstat(self.fd).st_dev:
            self._copy_to(folder, name, mode, overwrite)
            return
        os.fchmod(self.fd, (mode if mode is not None else there if there is not None else USUAL_MODE) & MODES)
        os.fsync(self.fd)
        try:
            self._name_it(folder, name, overwrite)
        except FileExistsError:
            raise Failed(EXISTS, f'There is a "{name}" already: say overwrite if it may be replaced.') from None
        except OSError as error:
            if error.errno != errno.EXDEV:  # one file system, mounted twice
                raise
            self._copy_to(folder, name, mode, overwrite)
            return
        os.fsync(folder)

    def _name_it(self, folder: int, name: str, overwrite: bool) -> None:
        if not overwrite:
            self._link(folder, name)
            return
        beside = _a_name()
        self._link(folder, beside)
        try:
            os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(beside, dir_fd=folder)
            raise

    def _link(self, folder: int, name: str) -> None:
        if self._name is None:
            os.link(f"/proc/self/fd/{self.fd}", name, dst_dir_fd=folder, follow_symlinks=True)
        else:
            os.link(self._name, name, src_dir_fd=self._folder, dst_dir_fd=folder, follow_symlinks=False)

    def _copy_to(self, folder: int, name: str, mode: Optional[int], overwrite: bool) -> None:
        """First beside its place, where that is another file system."""
        beside = Temporary(folder)
        try:
            if os.fstat(beside.fd).st_dev == os.fstat(self.fd).st_dev:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))  # it would be tried again without end
            os.lseek(self.fd, 0, os.SEEK_SET)
            while True:
                piece = os.read(self.fd, COPY)
                if not piece:
                    break
                write_all(beside.fd, piece)
            beside.place(folder, name, mode, overwrite)
        finally:
            beside.discard()

    def discard(self) -> None:
        """Let go of it; what was placed stays, anything else is gone."""
        if self.fd < 0:
            return
        if self._name is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._name, dir_fd=self._folder)
        os.close(self.fd)
        os.close(self._folder)
        self.fd = -1


def write_all(fd: int, data: bytes) -> None:
    """Write all of it. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def sweep(folder: int) -> None:
    """Remove what a daemon has left that was killed, on a file system without nameless files."""
    for name in os.listdir(folder):
        if name.startswith(PREFIX):
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)


def _a_name() -> str:
    return f"{PREFIX}{secrets.token_hex(8)}"


def _mode_of(folder: int, name: str) -> Optional[int]:
    try:
        return stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return None
