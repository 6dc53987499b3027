"""One claim that waits: asleep, looking at everything, or busy with a task that it was offered."""

from __future__ import annotations

import threading
import time

from fleet.db.record import Stored

Capabilities = frozenset[str]
# Seconds after which it looks at everything, in case that news was lost.
SAFE_AFTER = 30.0


class WaitingClaim:
    """Who waits, since the how manyth coming, and what is to be done when it wakes.

    Its room changes it under the room's lock; only `wait` is its own.
    """

    def __init__(self, agent_id: str, number: int, safe_after: float = SAFE_AFTER) -> None:
        self.agent_id = agent_id
        self.number = number
        self._safe_after = safe_after
        self.capabilities: Capabilities | None = None  # until its first look
        self.held = False
        self.offered: str | None = None
        self._edition = 0
        self._declined: set[tuple[str, int]] = set()
        self._looks = True
        self._asleep = False
        self._looked_at = 0.0
        self._woken = threading.Event()

    @property
    def busy(self) -> bool:
        """True while it looks, or has been woken to: nothing can be offered to it."""
        return not self._asleep

    @property
    def due(self) -> bool:
        """True when it has to look at everything."""
        return self._looks or time.monotonic() - self._looked_at >= self._safe_after

    def can(self, needs: Capabilities) -> bool:
        """True when it has these capabilities, or nobody knows yet."""
        return self.capabilities is None or needs <= self.capabilities

    def would_take(self, row: Stored) -> bool:
        """True when this very edition of a task can be offered to it now."""
        return self._asleep and not self.held and (row.id, row.edition) not in self._declined

    def take_offer(self, row: Stored) -> None:
        """Wake up for this task."""
        self.offered, self._edition, self._asleep = row.id, row.edition, False
        self._woken.set()

    def look_again(self) -> None:
        """Wake up and look at everything."""
        self._looks, self._asleep = True, False
        self._woken.set()

    def begin_to_look(self) -> None:
        """What changes from here on is a reason to look again."""
        self._looks, self._asleep, self._looked_at = False, False, time.monotonic()

    def decline(self) -> str | None:
        """Give up what it was offered and has not taken; returns which task that is."""
        offered, self.offered = self.offered, None
        if offered is not None:
            self._declined.add((offered, self._edition))
        return offered

    def wait(self, seconds: float) -> bool:
        """Sleep until there is something to do; False when there was nothing for `seconds`."""
        if self._something_to_do():
            return True
        self._asleep = True
        self._woken.wait(seconds)
        self._woken.clear()
        return self._something_to_do()

    def _something_to_do(self) -> bool:
        return self._looks or self.offered is not None
