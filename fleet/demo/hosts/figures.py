"""How a machine that is made up is doing: figures that move as a busy machine's do."""

from __future__ import annotations

import math
import time
from random import Random
from typing import Any

from fleet.demo.hosts.machines import Machine

PERIOD = 180.0  # seconds from one wave of load to the next
MIB = 1 << 20


class Figures:
    """Snapshots in the shape of a daemon's: `brief` for a beat, `full` for somebody who looks."""

    def __init__(self, machine: Machine, random: Random) -> None:
        self._machine, self._random = machine, random
        self._began = time.monotonic()
        self._phase = random.uniform(0, 2 * math.pi)
        self._pids = [random.randrange(300, 60_000) for _ in machine.processes]

    def brief(self, running: int = 0) -> dict[str, Any]:
        """The four figures of a beat; `running` commands make it busier."""
        machine, passed = self._machine, time.monotonic() - self._began
        wave = math.sin(self._phase + 2 * math.pi * passed / PERIOD)
        return {
            "cpu_percent": self._share(machine.cpu * (1 + 0.25 * wave) + 4 * running, spread=5),
            "mem_percent": self._share(machine.memory + 2 * wave + running, spread=0.4),
            "disk_percent": self._share(machine.disk + 0.1 * wave, spread=0),
            "uptime_s": machine.up + int(passed),
        }

    def full(self, running: int = 0) -> dict[str, Any]:
        """The four, and load, disks, network and processes."""
        brief = self.brief(running)
        load = brief["cpu_percent"] / 25
        return {
            **brief,
            "load": [round(load * share, 2) for share in (1.0, 0.94, 0.9)],
            "disks": self._disks(brief["disk_percent"]),
            "network": [
                {"name": "eth0", "in": self._rate(brief, 9_000), "out": self._rate(brief, 14_000)},
            ],
            "processes": self._processes(brief["cpu_percent"]),
        }

    def _disks(self, percent: float) -> list[dict[str, Any]]:
        size = self._machine.size
        return [
            {"mount": "/", "type": "ext4", "total": size, "used": int(size * percent / 100)},
            {"mount": "/boot", "type": "ext4", "total": 1000 * MIB, "used": 312 * MIB},
        ]

    def _processes(self, cpu: float) -> list[dict[str, Any]]:
        found = []
        for place, (pid, name) in enumerate(zip(self._pids, self._machine.processes, strict=True)):
            busy = max(0.1, round(cpu / (place + 1.4) * self._random.uniform(0.8, 1.2), 1))
            found.append({"pid": pid, "name": name, "cpu_percent": busy, "rss": (480 // (place + 1)) * MIB})
        return sorted(found, key=lambda one: -float(one["cpu_percent"]))

    def _rate(self, brief: dict[str, Any], most: int) -> int:
        return int(brief["cpu_percent"] * most * self._random.uniform(0.7, 1.3))

    def _share(self, value: float, spread: float) -> float:
        return round(min(99.0, max(0.5, value + self._random.uniform(-spread, spread))), 1)
