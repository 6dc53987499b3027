"""Who could read what this daemon may not: the words of a refusal, so that a person knows which group to add."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Callable, Optional, Tuple


def who_could(path: str, look: Optional[Callable[[], int]] = None) -> str:
    """A sentence that names the group which could read `path`.

    `look` opens the file without reading it; where even that is denied, a folder on the way is what denies.
    """
    me = user_name(os.geteuid())
    found = _stat_of(look)
    if found is not None:
        needed, what, where = stat.S_IRGRP, "be read", path
    else:
        where, found = _closed_folder(path)
        needed, what = stat.S_IXGRP, "be entered"
    if found is None:
        return f'"{path}" may not be read by {me}, as whom the daemon runs.'
    owner, group = user_name(found.st_uid), group_name(found.st_gid)
    if found.st_mode & needed and found.st_gid not in {os.getegid(), *os.getgroups()}:
        return (
            f'"{where}" may {what} by {owner} and the group {group}: put {me}, as whom the daemon runs, into {group}.'
        )
    return f'"{where}" may {what} by {owner} only, and the daemon runs as {me}; no group could.'


def user_name(uid: int) -> str:
    """The user's name, its number where nobody knows a name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The group's name, its number where nobody knows a name."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _stat_of(look: Optional[Callable[[], int]]) -> Optional[os.stat_result]:
    if look is None:
        return None
    try:
        fd = look()
    except Exception:  # noqa: BLE001  # it is only about words: whatever it is, there is nothing to say of it
        return None
    try:
        return os.fstat(fd)
    finally:
        os.close(fd)


def _closed_folder(path: str) -> Tuple[str, Optional[os.stat_result]]:
    """The first folder on the way that lets nobody like us through."""
    for folder in reversed(Path(path).parents):
        if not os.access(folder, os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            try:
                return str(folder), folder.stat()
            except OSError:
                return path, None
    return path, None
