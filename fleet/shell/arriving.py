"""A local file that is being written: it has another name until all of it is there and on the disk."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from fleet.shell.command import FAILED, Failed

SUFFIX = ".part"


class Arriving:
    """Beside `path`; nothing is left of it unless `finish` was reached. Raises Failed for what cannot be."""

    def __init__(self, path: Path, mode: int | None, *, overwrite: bool) -> None:
        self.path = path
        self._real = Path(os.path.realpath(path))  # what a link names is replaced, not the link
        self._overwrite = overwrite
        self._mode = self._mode_for(mode)
        try:
            handle, name = tempfile.mkstemp(dir=self._real.parent, prefix=f".{self._real.name[:100]}-", suffix=SUFFIX)
        except OSError as error:
            raise self._unwritten(error) from None
        self._file, self._name = os.fdopen(handle, "wb"), Path(name)

    def _mode_for(self, mode: int | None) -> int:
        """What is wished, or what the file has that is replaced, or what new files have here."""
        try:
            found = self._real.stat()
        except FileNotFoundError:
            mask = os.umask(0)
            os.umask(mask)
            return 0o666 & ~mask if mode is None else mode
        except OSError as error:
            raise self._unwritten(error) from None
        if not stat.S_ISREG(found.st_mode):
            raise Failed(f"{self.path} is no file that can be replaced.", FAILED)
        if not self._overwrite:
            raise self._exists()
        return stat.S_IMODE(found.st_mode) if mode is None else mode

    def _exists(self) -> Failed:
        return Failed(f"{self.path} is there already; --overwrite replaces it. (EXISTS)", FAILED, "EXISTS")

    def _unwritten(self, error: OSError) -> Failed:
        return Failed(f"{self.path} cannot be written: {error.strerror}.", FAILED)

    def __enter__(self) -> Arriving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what could not be written is not written now
            self._file.close()
        self._name.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Take some bytes."""
        try:
            self._file.write(piece)
        except OSError as error:
            raise self._unwritten(error) from None

    def finish(self) -> None:
        """Be the file: whole, on the disk, in one step."""
        try:
            self._file.flush()
            os.fchmod(self._file.fileno(), self._mode)
            os.fsync(self._file.fileno())
            self._get_name()
            folder = os.open(self._real.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            raise self._unwritten(error) from None

    def _get_name(self) -> None:
        if not self._overwrite:
            try:
                os.link(self._name, self._real)  # unlike a rename it replaces nothing that came meanwhile
            except PermissionError:
                if self._real.exists():  # a file system without links
                    raise FileExistsError from None
            else:
                return
        self._name.replace(self._real)
