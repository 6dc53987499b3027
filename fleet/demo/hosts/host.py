"""One simulated host: a thread that stays connected as a daemon does."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import suppress
from random import Random
from typing import Any

from fleet.client import Missing, Refused, Stopped
from fleet.demo.hosts.duties import Duties
from fleet.demo.hosts.link import Gone, Link
from fleet.demo.hosts.machines import Machine
from fleet.demo.hosts.operator import Operator
from fleet.demo.lifeline import World
from fleet.version import version

AGAIN = (1.0, 15.0)  # seconds to the next try, the first time and at most


class DemoHost(threading.Thread):
    """Lives until its world stops, or until somebody deletes it."""

    def __init__(self, machine: Machine, host_id: str, key: str, address: str, world: World) -> None:
        super().__init__(name=machine.name, daemon=True)
        random = Random(f"{world.seed} {machine.name}")
        self._machine, self._pace, self._printer = machine, world.pace, world.printer
        self._client = world.client()
        self._duties = Duties(machine, random, world.pace.speed)
        self._operator = Operator(host_id, machine, self._client, world.pace, random, self._say)
        self._link = Link(world.url, key, self._duties, described(machine, address))
        self._leaves_at: float | None = None

    def run(self) -> None:
        """The thread."""
        try:
            self._stay()
        except Stopped:
            return
        except (Missing, Gone) as gone:
            self._say(f"ends, since it is gone from the fleet: {gone}")
        except Refused as refusal:
            self._say(f"ends, since the server refuses it: {refusal}")
        finally:
            self._client.close()

    def interrupt(self) -> None:
        """End a request that is under way; for other threads, once the world has stopped."""
        self._client.interrupt()

    def _say(self, what: str) -> None:
        self._printer.line(self.name, what)

    def _stay(self) -> None:
        self._say(f"is there: {self._machine.os}, {', '.join(self._machine.tags)}")
        if self._machine.leaves_after is not None:
            self._leaves_at = time.monotonic() + self._machine.leaves_after
        wait = AGAIN[0]
        while not self._is_away():
            began = time.monotonic()
            with suppress(OSError):  # the server restarts, or is away for a while
                self._link.live(self._is_over, self._operator.go_on)
            wait = AGAIN[0] if time.monotonic() - began > AGAIN[1] else min(2 * wait, AGAIN[1])
            if not self._is_away():
                self._pace.sleep(wait)
        self._say("goes offline")
        self._operator.tell_who_is_away()

    def _is_away(self) -> bool:
        return self._leaves_at is not None and time.monotonic() >= self._leaves_at

    def _is_over(self) -> bool:
        return self._pace.stop.is_set() or self._is_away()


def described(machine: Machine, address: str) -> dict[str, Any]:
    """The machine, as a daemon says it in its hello."""
    digest = hashlib.sha256(machine.name.encode()).hexdigest()
    return {
        "version": machine.version or version(),
        "sha256": hashlib.sha256((machine.version or version()).encode()).hexdigest(),
        "os": machine.os,
        "arch": machine.arch,
        "python": machine.python,
        "hostname": machine.name,
        "ips": [address],
        "boot_id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        "user": "fleet",
        "capabilities": ["commands", "logs", "journald", "metrics", "metrics.network", "metrics.processes"],
    }
