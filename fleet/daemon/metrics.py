"""How the machine is doing, out of /proc, cheaply; what a system does not tell is left out."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from fleet.daemon import clock
from fleet.daemon.processes import Processes

PROC = Path("/proc")
DISKS_MOST = 20
INTERFACES_MOST = 20
# Below this span the kernel's own ticks (10 ms) would show instead of the load.
SPAN_LEAST = 0.5


class Metrics:
    """Snapshots; shares and rates are those since the snapshot before."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._processes = Processes(proc)
        self._cpu_before = self._cpu()
        self._cpu_at = time.monotonic()
        self._cpu_percent: Optional[float] = None
        self._network_before: Tuple[float, Dict[str, Tuple[int, int]]] = (time.monotonic(), self._network_bytes())

    def brief(self) -> Dict[str, Any]:
        """The four figures that every beat carries: shares in percent, and the seconds since the machine's start."""
        figures = {
            "cpu_percent": self.cpu_percent(),
            "mem_percent": self.mem_percent(),
            "disk_percent": disk_percent("/"),
            "uptime_s": self.uptime(),
        }
        return {name: value for name, value in figures.items() if value is not None}

    def full(self) -> Dict[str, Any]:
        """The four, and `load`, `disks`, `network` and the ten busiest `processes`."""
        figures = {
            "load": self.load(),
            "disks": self.disks(),
            "network": self.network(),
            "processes": self._processes.busiest(),
        }
        return {**self.brief(), **{name: value for name, value in figures.items() if value}}

    def cpu_percent(self) -> Optional[float]:
        """The share of all cores that was at work since it was last asked, None before the first span is over."""
        now = time.monotonic()
        if now - self._cpu_at >= SPAN_LEAST:
            total, idle = self._cpu()
            passed = total - self._cpu_before[0]
            if passed > 0:
                self._cpu_percent = _share(passed - (idle - self._cpu_before[1]), passed)
            self._cpu_before, self._cpu_at = (total, idle), now
        return self._cpu_percent

    def mem_percent(self) -> Optional[float]:
        """The share of memory that could not be had at once."""
        values: Dict[str, int] = {}
        for line in self._lines("meminfo"):
            name, _, rest = line.partition(":")
            if name in ("MemTotal", "MemAvailable"):
                values[name] = int(rest.split()[0])
        if not values.get("MemTotal") or "MemAvailable" not in values:
            return None
        return _share(values["MemTotal"] - values["MemAvailable"], values["MemTotal"])

    def uptime(self) -> Optional[int]:
        """Whole seconds since the machine's start."""
        for line in self._lines("uptime"):
            return int(float(line.split()[0]))
        # Elsewhere the clock that goes on in sleep begins at the start too.
        return int(clock.awake_or_asleep())

    def load(self) -> List[float]:
        """The mean number of waiting processes over 1, 5 and 15 minutes."""
        try:
            return [round(each, 2) for each in os.getloadavg()]
        except OSError:
            return []

    def disks(self) -> List[Dict[str, Any]]:
        """Space on file systems that lie on a device of this machine: a dead server's mount would hang whoever asks."""
        found: Dict[str, Dict[str, Any]] = {}
        for line in self._lines("mounts"):
            device, mount, kind = (*line.split(), "", "", "")[:3]
            if device.startswith("/dev/") and not device.startswith("/dev/loop") and device not in found:
                path = mount.encode().decode("unicode_escape", "replace")
                space = _space(path)
                if space is not None and len(found) < DISKS_MOST:
                    found[device] = {"mount": path, "type": kind, "total": space[0], "used": space[1]}
        return list(found.values())

    def network(self) -> List[Dict[str, Any]]:
        """Bytes a second, in and out, of each interface but loopback."""
        now, counts = time.monotonic(), self._network_bytes()
        then, before = self._network_before
        if now - then >= SPAN_LEAST:
            self._network_before = (now, counts)
        span = max(now - then, SPAN_LEAST)
        rates = []
        for name, (received, sent) in sorted(counts.items())[:INTERFACES_MOST]:
            was = before.get(name, (received, sent))
            in_rate, out_rate = max(0, received - was[0]) / span, max(0, sent - was[1]) / span
            rates.append({"name": name, "in": int(in_rate), "out": int(out_rate)})
        return rates

    def _network_bytes(self) -> Dict[str, Tuple[int, int]]:
        counts = {}
        for line in self._lines("net/dev"):
            name, colon, rest = line.partition(":")
            fields = rest.split()
            if colon and name.strip() != "lo" and len(fields) >= 9:
                counts[name.strip()] = (int(fields[0]), int(fields[8]))
        return counts

    def _cpu(self) -> Tuple[int, int]:
        """Ticks of all cores since the start: in all, and idle."""
        for line in self._lines("stat"):
            # user nice system idle iowait irq softirq steal; guest time is in user already
            ticks = [int(each) for each in line.split()[1:9]]
            return sum(ticks), sum(ticks[3:5])
        return 0, 0

    def _lines(self, name: str) -> List[str]:
        try:
            return (self._proc / name).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []


def disk_percent(path: str) -> Optional[float]:
    """The share of a file system's space that is used up, as df says it."""
    space = _space(path)
    return None if space is None else _share(space[1], space[0])


def _space(path: str) -> Optional[Tuple[int, int]]:
    """Bytes that a user could have in all, and those in use."""
    try:
        there = os.statvfs(path)
    except OSError:
        return None
    used = (there.f_blocks - there.f_bfree) * there.f_frsize
    total = used + there.f_bavail * there.f_frsize
    return (total, used) if total > 0 else None


def _share(part: float, whole: float) -> float:
    return round(min(100.0, max(0.0, 100.0 * part / whole)), 1)
