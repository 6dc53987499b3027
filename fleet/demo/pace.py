"""How fast the simulation runs, and how it stops."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from fleet.client import Stopped


@dataclass
class Pace:
    """`speed` is how many story seconds pass in a real one; `once`: no agent begins a second round."""

    speed: float = 1.0
    once: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    def real(self, seconds: float) -> float:
        """So many story seconds, in real ones."""
        return seconds / self.speed

    def sleep(self, seconds: float) -> None:
        """Sleep for so many real seconds. Raises Stopped when the simulation ends meanwhile."""
        if self.stop.wait(seconds):
            raise Stopped
