"""What became of a log file: beside it lie its former self under another name, or a copy of what it was."""

from __future__ import annotations

import os
import re
from typing import List, Optional, Tuple

from fleet.daemon.logs.opened import Opened, Place
from fleet.daemon.roots import PathRefused, Roots

# Names looked at in a folder, and files opened of them.
NAMES_MOST, FILES_MOST = 5000, 50
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z")


def former(roots: Roots, path: str, place: Place, present: Opened) -> List[Opened]:
    """The file in which a place lies, and those that came after it, before the present one; oldest first.

    Empty when there is none any more.
    """
    found: Optional[Opened] = None
    others: List[Opened] = []
    for each in _beside(roots, path):
        if each.is_same_file(present.place()):
            each.close()
        elif each.is_same_file(place) and each.holds(place):
            found = each
        else:
            others.append(each)
    if found is None:
        found = _first_that_holds(others, place)
        if found is None:
            _close(others)
            return []
        found.is_copy = True
        others.remove(found)
    later = [each for each in others if each.changed > found.changed and _is_numbered(each)]
    _close([each for each in others if each not in later])
    return [found, *sorted(later, key=lambda each: each.changed)]


def copy_of(roots: Roots, path: str, place: Place) -> Optional[Opened]:
    """A copy that was made of a file before it was emptied (logrotate's copytruncate)."""
    files = _beside(roots, path)
    found = _first_that_holds([each for each in files if not each.is_same_file(place)], place)
    _close([each for each in files if each is not found])
    return found


def _first_that_holds(files: List[Opened], place: Place) -> Optional[Opened]:
    newest_first = sorted(files, key=lambda each: each.changed, reverse=True)
    return next((each for each in newest_first if place.offset and each.holds(place)), None)


class _Named(Opened):
    def __init__(self, fd: int, suffix: str) -> None:
        super().__init__(fd)
        self.suffix = suffix


def _is_numbered(file: Opened) -> bool:
    return isinstance(file, _Named) and re.fullmatch(r"[.-][0-9][0-9.:T_-]*", file.suffix) is not None


def _beside(roots: Roots, path: str) -> List[Opened]:
    folder, base = os.path.split(path)
    newest = sorted(_names(roots, folder, base), reverse=True)[:FILES_MOST]
    return [each for _, name in newest for each in _open(roots, f"{folder}/{name}", name[len(base) :])]


def _open(roots: Roots, path: str, suffix: str) -> List[Opened]:
    try:
        return [_Named(roots.open(path)[0], suffix)]
    except PathRefused:
        return []


def _names(roots: Roots, folder: str, base: str) -> List[Tuple[int, str]]:
    """When each was changed, and its name."""
    try:
        fd = roots.open_folder(folder)
    except PathRefused:
        return []
    found: List[Tuple[int, str]] = []
    try:
        with os.scandir(fd) as entries:
            for number, entry in enumerate(entries):
                if number >= NAMES_MOST:
                    break
                if entry.name.startswith(base) and entry.name != base and not entry.name.endswith(_COMPRESSED):
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
    except OSError:
        pass  # a file that goes meanwhile; what was found is good
    finally:
        os.close(fd)
    return found


def _close(files: List[Opened]) -> None:
    for each in files:
        each.close()
