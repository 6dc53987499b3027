"""Time that nobody can set: seconds since this boot, and which boot this is."""

from __future__ import annotations

import time
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def since_boot() -> float:
    """Seconds; they go on while the machine sleeps, and nobody can set them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Boot:
    """One run of the machine's kernel. Its clock goes on while the machine sleeps and survives the daemon."""

    def __init__(self, path: Path = BOOT_ID) -> None:
        try:
            self.id = path.read_text().strip()
        except OSError:  # no Linux: the second of the start would do, and needs a program
            self.id = ""

    def now(self) -> float:
        """Seconds since the boot."""
        return since_boot()
