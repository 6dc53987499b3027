"""How a command ended: a file that is there as a whole or not at all, and outlives a power cut (contract I6)."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any, Dict, List, Optional

from fleet.daemon.commands import disk, faults
from fleet.daemon.commands.clock import since_boot
from fleet.daemon.commands.progress import STREAMS, Progress, dropped

Result = Dict[str, Any]
# Bytes that are taken before the command starts, so that a full disk keeps no end from being written.
ROOM = 4096
# Characters of a reason.
_REASON_MOST = 500


def prepare(folder: Path) -> None:
    """Have the room for a result. Raises OSError."""
    fd = os.open(folder / "result.new", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        disk.allocate(fd, ROOM)
    finally:
        os.close(fd)


def write(folder: Path, result: Result, boot: str) -> Result:
    """Return it, with the moment of this boot, once it is on the disk. Raises OSError."""
    result = {**result, "at": since_boot(), "boot": boot}
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
    return result


def told(result: Result, boot: str) -> Result:
    """As the frame `ended` has it: `ago` is for how many seconds it lies here, as far as this boot knows."""
    frame = {name: value for name, value in result.items() if name not in ("at", "boot")}
    ago = since_boot() - result["at"] if result.get("boot") == boot else 0.0
    return {**frame, "ago": round(max(0.0, ago), 3)}


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
    """What `told` makes the frame `ended` of. `status` is the main process's, as wait(2) gives it."""
    exited = status is not None and os.WIFEXITED(status)
    killed = status is not None and os.WIFSIGNALED(status)
    return {
        "state": state,
        "exit_code": os.WEXITSTATUS(status) if exited and status is not None else None,
        "signal": _signal_name(os.WTERMSIG(status)) if killed and status is not None else None,
        "reason": reason[:_REASON_MOST] if reason else None,
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
