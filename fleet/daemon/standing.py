"""Whether the daemon is connected, in the log and for `fleet-daemon status`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Dict, List

from fleet.daemon.log import log

# Seconds after which the same reason is written down again.
AGAIN = 3600.0
# So many reasons are known apart: where neither socket nor reports get through, two take turns.
REASONS_MOST = 20


class Standing:
    """Says each change once; the same reason once an hour, until it was connected meanwhile."""

    def __init__(self, state: Path, url: str) -> None:
        self._file = state / "link.json"
        self._url = url
        self._said: Dict[str, float] = {}

    def online(self, way: str) -> None:
        """The server has said welcome, on a "socket" or by "reports"."""
        self._said.clear()
        log.info("Connected to %s%s.", self._url, "" if way == "socket" else " by reports")
        self._write({"online": True, "by": way, "url": self._url, "since": int(time.time())})

    def offline(self, why: str, seconds: float = 0.0) -> None:
        """Not connected, and why; the next try is in so many seconds."""
        now = time.monotonic()
        if why not in self._said or now - self._said[why] > AGAIN:
            wait = f" Next try in {round(seconds) or 1} s." if seconds else ""
            log.warning("%s.%s", why.rstrip("."), wait)
            if len(self._said) >= REASONS_MOST:
                self._said.clear()
            self._said[why] = now
        self._write({"online": False, "why": why, "url": self._url, "since": int(time.time())})

    def stopped(self) -> None:
        """The daemon ends, as it was told to."""
        self._write({"online": False, "why": "the daemon was stopped", "url": self._url, "since": int(time.time())})

    def _write(self, said: Dict[str, Any]) -> None:
        """For people only: neither synced nor missed when the disk is full."""
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(said), encoding="utf-8")
            fresh.replace(self._file)
        except OSError:
            log.debug("%s cannot be written", self._file)


def read(state: Path) -> Dict[str, Any]:
    """What was last written; {} for nothing."""
    try:
        said = json.loads((state / "link.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def running_commands(state: Path) -> List[str]:
    """The ids of the commands that were begun here and have no result yet."""
    folders = sorted((state / "commands").glob("*")) if (state / "commands").is_dir() else []
    return [each.name for each in folders if (each / "begun").exists() and not (each / "result").exists()]
