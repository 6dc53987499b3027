"""The busiest processes of the machine, by name only: their arguments may hold secrets."""

from __future__ import annotations

import heapq
import os
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

TOP = 10


class Process(NamedTuple):
    """A process now: ticks of CPU that it has used since it began, its start in ticks after boot, its memory."""

    pid: int
    name: str
    ticks: int
    began: int
    rss: int


class Processes:
    """Shares of one core since the time before; a process that was not there before is measured over its life."""

    def __init__(self, proc: Path) -> None:
        self._proc = proc
        self._tick = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._before: Dict[Tuple[int, int], int] = {}
        self._at = 0.0

    def busiest(self) -> List[Dict[str, Any]]:
        """The first ten: `pid`, `name`, `cpu_percent` (of one core), `rss` (bytes)."""
        now, uptime = time.monotonic(), self._uptime()
        span = now - self._at
        found = self._all()
        shares = []
        for each in found:
            before = self._before.get((each.pid, each.began))
            age = max(uptime - each.began / self._tick, 1.0)
            used, over = (each.ticks, age) if before is None else (each.ticks - before, max(span, 0.1))
            shares.append((round(100.0 * used / self._tick / over, 1), each))
        self._before = {(each.pid, each.began): each.ticks for each in found}
        self._at = now
        top = heapq.nlargest(TOP, shares, key=lambda pair: (pair[0], pair[1].rss))
        return [{"pid": one.pid, "name": one.name, "cpu_percent": share, "rss": one.rss} for share, one in top]

    def _all(self) -> List[Process]:
        try:
            names = [name for name in os.listdir(self._proc) if name.isdigit()]  # noqa: PTH208  # many, and often
        except OSError:
            return []
        return [one for one in map(self._one, names) if one is not None]

    def _one(self, pid: str) -> Optional[Process]:
        try:
            text = (self._proc / pid / "stat").read_bytes()
        except OSError:
            return None  # it has ended meanwhile
        # The name stands in brackets and may hold brackets and blanks itself (proc(5)).
        name = text[text.find(b"(") + 1 : text.rfind(b")")].decode("utf-8", "replace")
        fields = text[text.rfind(b")") + 2 :].split()
        if len(fields) < 22:
            return None
        return Process(int(pid), name, int(fields[11]) + int(fields[12]), int(fields[19]), int(fields[21]) * self._page)

    def _uptime(self) -> float:
        try:
            return float((self._proc / "uptime").read_text(encoding="ascii").split()[0])
        except OSError:
            return 0.0
