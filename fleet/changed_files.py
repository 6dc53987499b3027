"""Which files have changed since one last looked: for development, where people edit what runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

Stamp = tuple[int, int, int]


class ChangedFiles:
    """The files below some folders whose names end with one of `endings`; hidden ones and compiled ones do not count."""

    def __init__(self, *folders: Path, endings: tuple[str, ...] = ("",)) -> None:
        self._folders = folders
        self._endings = endings
        self._stamps = self._look()

    def since_last_time(self) -> set[Path]:
        """The files that are new, different or gone since this was last asked, at first since there is this object."""
        before, self._stamps = self._stamps, self._look()
        return {Path(path) for path, _ in before.items() ^ self._stamps.items()}

    def _look(self) -> dict[str, Stamp]:
        return {path: stamp for folder in self._folders for path, stamp in _below(str(folder), self._endings)}


def _below(folder: str, endings: tuple[str, ...]) -> Iterator[tuple[str, Stamp]]:
    """Each file with what differs when it was saved, in place or by another one that took its name."""
    with suppress(OSError), os.scandir(folder) as entries:  # a folder that has just gone has no files
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue
            if entry.is_dir():
                yield from _below(entry.path, endings)
            elif entry.name.endswith(endings):
                with suppress(FileNotFoundError):
                    found = entry.stat()
                    yield entry.path, (found.st_mtime_ns, found.st_size, found.st_ino)
