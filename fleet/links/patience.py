"""How long links may be silent: each is looked at once in that time, and none is scanned for."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from fleet.links.link import Link


class Patience:
    """When to look at each link again, the soonest first.

    `until` says up to when (monotonic seconds) a link may be silent, `drop` ends one that was silent longer.
    """

    def __init__(self, until: Callable[[Link], float], drop: Callable[[Link], None]) -> None:
        self._until = until
        self._drop = drop
        self._due: list[tuple[float, int, Link]] = []  # each link stands here once
        self._numbers = itertools.count()

    def add(self, link: Link, moment: float) -> None:
        """Look at a link at a moment (monotonic), and from then on as often as it needs."""
        heapq.heappush(self._due, (moment, next(self._numbers), link))

    def look(self, now: float) -> None:
        """Drop those that have been silent for too long."""
        while self._due and self._due[0][0] <= now:
            _, _, link = heapq.heappop(self._due)
            if link.fd < 0:
                continue
            until = self._until(link)
            if until <= now:
                self._drop(link)
            else:
                self.add(link, until)
