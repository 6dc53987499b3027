"""How long to wait before the next try: longer each time, and never all hosts at once."""

from __future__ import annotations

import random
from typing import Callable, Optional

# Seconds.
FIRST, LONGEST = 1.0, 60.0
LIVED = 60.0
HOURLY = 3600.0
# What a server may ask for; a mistyped header must not end a host's days.
RETRY_MOST = 3600.0

Uniform = Callable[[float, float], float]


class Backoff:
    """Full jitter: any moment between now and a span that doubles from 1 s to 60 s."""

    def __init__(self, uniform: Optional[Uniform] = None) -> None:
        # Of the system, since clones of one disk must not wait alike.
        self._uniform = uniform or random.SystemRandom().uniform
        self._tries = 0

    def lived(self, seconds: float) -> None:
        """A link has lived so long: after a minute the next try comes early again."""
        if seconds >= LIVED:
            self._tries = 0

    def next(self) -> float:
        """Seconds until the next try."""
        most = min(LONGEST, FIRST * 2 ** min(self._tries, 16))
        self._tries += 1
        return self._uniform(0.0, most)

    def after(self, seconds: float) -> float:
        """Seconds until the next try for a server that wants to be left in peace for that long."""
        least = min(max(seconds, 0.0), RETRY_MOST)
        return least + self.next()

    def within(self, seconds: float) -> float:
        """Seconds until the next try for a server that restarts and wants its hosts back spread over that span."""
        self._tries += 1
        return self._uniform(0.0, min(max(seconds, FIRST), RETRY_MOST))

    def hourly(self) -> float:
        """Seconds until a try that has little hope before somebody has done something."""
        return self._uniform(0.9, 1.0) * HOURLY


def retry_after(text: Optional[str]) -> Optional[float]:
    """The seconds of a Retry-After header; a date means nothing on a host whose clock is not trusted."""
    if text is None or not text.isascii() or not text.strip().isdigit() or len(text) > 9:
        return None
    return min(float(text), RETRY_MOST)
