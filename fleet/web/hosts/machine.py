"""What a host's metrics say of its machine: only what has the shape that a daemon's has, and not too much of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

# Disks, interfaces, processes: as many as a page shows of each.
MOST = 20


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system, in bytes."""

    mount: str
    type: str
    total: float
    used: float

    @property
    def percent(self) -> float:
        """How much of it is used."""
        return min(100.0, 100.0 * self.used / self.total) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Interface:
    """A network's interface, in bytes a second."""

    name: str
    received: float
    sent: float


@dataclass(frozen=True, slots=True)
class Process:
    """One of the busiest; of one core, in percent, and bytes of memory."""

    pid: int
    name: str
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What is told besides the four figures."""

    load: list[float] = field(default_factory=list)
    disks: list[Disk] = field(default_factory=list)
    network: list[Interface] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)

    @classmethod
    def of(cls, snapshot: dict[str, Any] | None) -> Machine:
        """Read from a snapshot."""
        told = snapshot or {}
        load = told.get("load")
        return cls(
            load=[float(each) for each in load[:3] if is_number(each)] if isinstance(load, list) else [],
            disks=[
                Disk(text(each, "mount"), text(each, "type"), number(each, "total"), number(each, "used"))
                for each in objects(told.get("disks"))
            ],
            network=[
                Interface(text(each, "name"), number(each, "in"), number(each, "out"))
                for each in objects(told.get("network"))
            ],
            processes=[
                Process(int(number(each, "pid")), text(each, "name"), number(each, "cpu_percent"), number(each, "rss"))
                for each in objects(told.get("processes"))
            ],
        )


def objects(listed: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list, if it is one."""
    if isinstance(listed, list):
        yield from (each for each in listed[:MOST] if isinstance(each, dict))


def is_number(value: Any) -> bool:
    """True for a number that can be shown."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e18


def number(each: dict[str, Any], name: str) -> float:
    """A number of an object; 0 for anything else."""
    value = each.get(name)
    return float(value) if is_number(value) else 0.0  # type: ignore[arg-type]  # it is a number


def text(each: dict[str, Any], name: str) -> str:
    """A text of an object; "" for anything else."""
    value = each.get(name)
    return value[:200] if isinstance(value, str) else ""
