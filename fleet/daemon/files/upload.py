"""One file that the server brings: taken into a temporary file, then put in its place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, NamedTuple, Optional

from fleet.daemon.files.refused import CHECKSUM, Failed
from fleet.daemon.files.temporary import Temporary
from fleet.daemon.files.transfer import Received, Way, receive
from fleet.daemon.roots import Roots


class Wanted(NamedTuple):
    """What a commit says: where the file belongs, as what, which it has to be, and whether it may replace another."""

    path: str
    mode: Optional[int]
    sha256: Optional[str]
    overwrite: bool


class Upload:
    """`receive` and `place` run in threads, one after the other; each leaves nothing where it fails."""

    def __init__(self, roots: Roots, uploads: Path, way: Way, name: str) -> None:
        self._roots = roots
        self._uploads = uploads
        self._way = way
        self._name = name
        self._temporary: Optional[Temporary] = None
        self.received: Optional[Received] = None
        self.commit: Optional[Wanted] = None

    def receive(self, path: Optional[str]) -> Received:
        """Take the file, beside its place if that is known already, else in the upload folder."""
        try:
            self._temporary = self._begin(path)
            return receive(self._way, self._name, self._temporary.fd)
        except BaseException:
            self.discard()
            raise

    def _begin(self, path: Optional[str]) -> Temporary:
        self._uploads.mkdir(mode=0o750, parents=True, exist_ok=True)
        if path is not None:
            folder, _ = self._roots.folder_for(path)
        else:
            folder = os.open(self._uploads, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return Temporary(folder)
        finally:
            os.close(folder)

    def place(self) -> Dict[str, Any]:
        """Put it where the commit says. Raises Failed, PathRefused, OSError; the temporary file is gone either way."""
        try:
            assert self.commit is not None
            assert self.received is not None
            assert self._temporary is not None
            wanted, received = self.commit, self.received
            if wanted.sha256 is not None and wanted.sha256.lower() != received.sha256:
                raise Failed(CHECKSUM, f"What came has the SHA-256 {received.sha256}, not {wanted.sha256}.")
            folder, name = self._roots.folder_for(wanted.path)
            try:
                self._temporary.place(folder, name, wanted.mode, wanted.overwrite)
            finally:
                os.close(folder)
            return {"path": wanted.path, "size": received.size, "sha256": received.sha256}
        finally:
            self.discard()

    def discard(self) -> None:
        """Nothing is left of it, but what was placed. Never while `receive` or `place` is under way."""
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            temporary.discard()
