"""Spans that go on while a machine sleeps; the time of day is never asked for."""

from __future__ import annotations

import time

# Linux's CLOCK_MONOTONIC stands still while a laptop is asleep, macOS's goes on.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def awake_or_asleep() -> float:
    """Seconds since some moment, those included in which the machine slept."""
    return time.clock_gettime(_CLOCK)
