"""Leases, silences and retries last as long as they say, also when the machine's clock is set (fleet/clock.py)."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from fleet import clock
from fleet.db import Transaction, write
from fleet.models import agent, command, task, token
from fleet.models.notice import queue

log = structlog.get_logger(__name__)
# A step of less harms no span that Fleet knows.
STEP = timedelta(seconds=2)


class Timekeeper:
    """The clock of one serving process."""

    def __init__(self) -> None:
        self.even_since = clock.now()
        self._behind = timedelta(0)

    def begin(self) -> None:
        """Begin at the machine's time, and set right what a clock that was ahead has left behind."""
        clock.begin(by_hand=True)
        self.even_since = clock.now()
        moved = write(set_right)
        if moved:
            log.warning("the clock is behind what the database says; what lay in the future is set right", rows=moved)

    def serving_since(self) -> datetime:
        """Since when signs of life were heard without a gap: nobody fell silent because the clock was set forward."""
        return self.even_since

    def look(self) -> None:
        """See whether the machine's clock was set: follow it forward, tell when it went back."""
        behind = clock.behind()
        if behind >= STEP:
            leases = write(lambda tx: task.prolong_leases(tx, behind))
            clock.adopt()
            self.even_since = clock.now()
            log.warning("the machine's clock was set forward, or it slept", by=str(behind), leases_moved=leases)
        elif behind < -STEP and behind < self._behind - STEP:
            log.warning(
                "the machine's clock was set back; Fleet's times stay ahead until it is started anew", by=str(-behind)
            )
        self._behind = min(behind, timedelta(0))


def set_right(tx: Transaction) -> int:
    """Let nothing last longer from now on than it may; returns how many rows said otherwise."""
    verbs = (agent.set_right, task.set_right, command.set_right, token.set_right, queue.set_right)
    return sum(verb(tx) for verb in verbs)
