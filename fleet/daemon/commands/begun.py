"""Who starts a command: whoever makes its `begun`, and nobody ever again (contract I2).

The file is made under another name, locked, filled, and linked to its own name,
which succeeds once. So whoever finds it finds it whole; its lock is held for as
long as the one who made it lives.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import NamedTuple, Optional

from fleet.daemon.commands import disk, faults


class Begun(NamedTuple):
    """Who began: a runner by its number, or (0) the daemon, so that nobody would; in which boot; whether it lives."""

    runner: int
    boot: str
    alive: bool


def claim(folder: Path, runner: int, boot: str) -> Optional[int]:
    """Make it: a descriptor to be kept open, or None if somebody else was quicker. Raises OSError."""
    mine = folder / f"begun.{os.getpid()}"
    faults.point("begun-before")
    fd = os.open(mine, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        disk.write_all(fd, f"{runner} {boot}\n".encode("ascii"))
        os.link(mine, folder / "begun")
    except FileExistsError:
        os.close(fd)
        return None
    except OSError:
        os.close(fd)
        raise
    finally:
        mine.unlink()
    faults.point("begun-after")
    return fd


def look(folder: Path) -> Optional[Begun]:
    """What there is; None: nobody has begun."""
    try:
        with (folder / "begun").open("rb") as file:
            runner, _, boot = file.read().decode("ascii", "replace").strip().partition(" ")
            return Begun(int(runner) if runner.isdigit() else 0, boot, _locked(file.fileno()))
    except FileNotFoundError:
        return None


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
