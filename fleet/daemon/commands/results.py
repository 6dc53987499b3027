"""How a command ended: a file that is there as a whole or not at all, and outlives a power cut (contract I6)."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any, Dict, List, Optional

from fleet.daemon.commands import disk, faults
from fleet.daemon.commands.progress import STREAMS, Progress, dropped

Result = Dict[str, Any]
# Bytes that are taken before the command starts, so that a full disk keeps no end from being written.
ROOM = 4096


def prepare(folder: Path) -> None:
    """Have the room for a result. Raises OSError."""
    fd = os.open(folder / "result.new", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        disk.allocate(fd, ROOM)
    finally:
        os.close(fd)


def write(folder: Path, result: Result) -> None:
    """Return once it is on the disk. Raises OSError."""
    body = json.dumps(result).encode("ascii")
    fd = os.open(folder / "result.new", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        disk.write_all(fd, body)
        os.ftruncate(fd, len(body))
        faults.point("result-before-sync")
        disk.sync(fd)
        faults.point("result-after-sync")
    finally:
        os.close(fd)
    (folder / "result.new").replace(folder / "result")
    faults.point("result-after-rename")
    disk.sync_folder(folder)
    faults.point("result-after-all")


def read(folder: Path) -> Optional[Result]:
    """The end, if there is one."""
    try:
        result = json.loads((folder / "result").read_bytes())
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def make(
    state: str,
    progress: Optional[Progress],
    *,
    status: Optional[int] = None,
    reason: Optional[str] = None,
    milliseconds: int = 0,
    left: Optional[List[Dict[str, object]]] = None,
) -> Result:
    """The object of the frame `ended` without type and id. `status` is the main process's, as wait(2) gives it."""
    exited = status is not None and os.WIFEXITED(status)
    killed = status is not None and os.WIFSIGNALED(status)
    return {
        "state": state,
        "exit_code": os.WEXITSTATUS(status) if exited and status is not None else None,
        "signal": _signal_name(os.WTERMSIG(status)) if killed and status is not None else None,
        "reason": reason,
        "ms": milliseconds,
        **{stream: progress.total(stream) if progress else 0 for stream in STREAMS},
        "dropped": dropped(progress) if progress else 0,
        "masked": progress.masked if progress else 0,
        "left": left or [],
    }


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a realtime signal has no name of its own
        return f"SIG{number}"
