"""A daemon's network half in the test's own process, with commands that are only remembered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.daemon import settings
from fleet.daemon.backoff import Backoff
from fleet.daemon.daemon import Daemon
from fleet.daemon.identity import Identity
from fleet.daemon.loop import Loop

KEY = "fla_" + "k" * 43
SECONDS = 10.0


class FakeWork:
    """What `Commands` is to the network: says what a test has put in `queue`, remembers what it was told."""

    def __init__(self) -> None:
        self.queue: deque[Any] = deque()
        self.taken: list[dict[str, Any]] = []
        self.welcomes: list[dict[str, Any]] = []
        self.losses = 0
        self.pulled = 0

    def hello(self) -> dict[str, Any]:
        return {"waiting": ["cmd_w"], "running": [], "ended": []}

    def welcomed(self, frame: dict[str, Any]) -> None:
        self.welcomes.append(frame)

    def take(self, frame: dict[str, Any]) -> None:
        if frame.get("params") == "odd":
            raise KeyError("params")
        if frame.get("params") == "fatal":
            raise ZeroDivisionError
        self.taken.append(frame)

    def outgoing(self) -> Any:
        if not self.queue:
            return None
        self.pulled += 1
        return self.queue.popleft()

    def disconnected(self) -> None:
        self.losses += 1


class Host:
    """A daemon in a folder; the test turns its loop by `until`."""

    def __init__(self, folder: Path, url: str, **said: Any) -> None:
        self.state = folder / "state"
        self.settings = settings.checked({"url": url, "state": str(self.state), **said}, "a test")
        self.identity = Identity(self.state, self.settings.key_file)
        self.identity.prepare()
        if not self.identity.enrolled:
            self.identity.enrol("agt_1", KEY)
        self.loop = Loop()
        self.work = FakeWork()
        self.waits: list[float] = []
        self.daemon: Daemon | None = None

    def uniform(self, _: float, most: float) -> float:
        """Chance, for tests: the longest wait is noted, and nothing is waited for."""
        self.waits.append(most)
        return 0.001 if most <= 60 else most

    def start(self, socket_again: float = 300.0) -> None:
        self.daemon = Daemon(self.settings, self.identity, self.loop, self.work, Backoff(self.uniform), socket_again)
        self.daemon.start()

    def until(self, condition: Callable[[], object], seconds: float = SECONDS) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come about"
            self.loop.once(0.02)

    def close(self) -> None:
        if self.daemon is not None:
            self.daemon.stop()
        self.loop.close()
