"""Claims that wait: what changes in the queue is offered to one of them that can do it, in the order of their coming.

A claim looks through the whole queue when it comes, when a hold is lifted, when
its own agent changes, and now and then in case that news was lost. For all
else it is asleep: a changed task is read once, however many wait, compared with
each set of capabilities among those who do, and offered to the first one. Who
does not take what it was offered, or goes away, passes it on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import structlog
from flask import Flask

from fleet import clock
from fleet.bus import Bus, News
from fleet.db import db
from fleet.db.record import Stored
from fleet.models import task
from fleet.web.tasks.waiting_claim import SAFE_AFTER, Capabilities, WaitingClaim

log = structlog.get_logger(__name__)

# Whose agent it is about has to look at everything anew, and so has everybody after these.
OF_AN_AGENT = frozenset({"agent_updated", "agent_status_changed", "agent_deleted"})
OF_THE_FLEET = frozenset({"fleet_paused", "fleet_stopped", "fleet_resumed"})
AT_ONCE = 256  # changed tasks are read so many at a time
# What is known of the queue for a set of capabilities is looked at again after so many seconds, and kept of so many.
KNOWN_FOR, KNOWN_MOST = 20.0, 1000


class WaitingRoom:
    """The waiting claims of one application."""

    def __init__(self, app: Flask, bus: Bus) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._waiting: dict[WaitingClaim, None] = {}  # in the order of their coming
        self._of_agent: dict[str, list[WaitingClaim]] = {}
        self._lines: dict[Capabilities, dict[WaitingClaim, None]] = {}
        self._new: dict[WaitingClaim, None] = {}  # in no line yet: nobody knows what they can do
        self._changed: deque[str] = deque()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None
        # Capabilities for which there is no free task, and since when that is known.
        self._nothing_for: dict[Capabilities, float] = {}
        self._heard = 0
        self._came = 0
        self.closed = False
        bus.listen(self._hear)

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def waiting(self, agent_id: str, safe_after: float = SAFE_AFTER) -> Iterator[WaitingClaim]:
        """A claim that waits from now on; what it was offered and has not taken goes to others at the end.

        It looks at everything every `safe_after` seconds, whatever it hears.
        """
        self._start()
        with self._lock:
            self._came += 1
            claim = WaitingClaim(agent_id, self._came, safe_after)
            self._waiting[claim] = self._new[claim] = None
            self._of_agent.setdefault(agent_id, []).append(claim)
        try:
            yield claim
        finally:
            with self._lock:
                self._remove(claim)
                self._pass_on(claim)

    def look(self, claim: WaitingClaim) -> task.Outlook:
        """Look at everything for this claim. Raises NotFound."""
        claim.begin_to_look()
        heard, known = self._heard, self.nothing_for()
        with db.engine.connect() as connection:
            found = task.outlook(connection, claim.agent_id, clock.now(), known)
        with self._lock:
            self._line_up(claim, found.capabilities)
            claim.held = found.hold is not None
            if not found.work and not claim.held and found.capabilities not in known and heard == self._heard:
                if len(self._nothing_for) >= KNOWN_MOST:
                    self._nothing_for.clear()
                self._nothing_for[found.capabilities] = time.monotonic()
        return found

    def nothing_for(self) -> set[Capabilities]:
        """Capabilities of which is known that no free task suits them: whoever comes with them has seen the queue."""
        enough = time.monotonic() - KNOWN_FOR
        return {each for each, since in self._nothing_for.items() if since > enough}

    def settle(self, claim: WaitingClaim, *, held: bool) -> None:
        """The claim did not get what it was offered: others may."""
        with self._lock:
            claim.held = held
            self._pass_on(claim)

    def offer_changed(self) -> bool:
        """Offer what has changed, in the order of the queue; False when nothing had."""
        changed = [self._changed.popleft() for _ in range(min(AT_ONCE, len(self._changed)))]
        if not changed:
            return False
        with self._app.app_context(), db.engine.connect() as connection:
            rows = task.to_be_had(connection, list(dict.fromkeys(changed)))
        with self._lock:
            for row in rows:
                self._offer(row)
        return True

    def close(self) -> None:
        """Wake everybody: the server stops."""
        self.closed = True
        self._news.set()
        with self._lock:
            for claim in self._waiting:
                claim.look_again()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="waiting claims", daemon=True)
                self._thread.start()

    def _hear(self, news: Sequence[News]) -> None:
        """Take news in, on the way back from a commit: it must be quick."""
        self._heard += 1
        if not self._waiting:
            return
        self._changed.extend(item.subject for item in news if item.kind.startswith("task_"))
        if self._changed:
            self._news.set()
        everybody = any(item.kind in OF_THE_FLEET for item in news)
        agents = {item.subject for item in news if item.kind in OF_AN_AGENT} & self._of_agent.keys()
        for claim in tuple(self._waiting) if everybody else [c for each in agents for c in self._of_agent[each]]:
            claim.look_again()

    def _serve(self) -> None:
        while not self.closed:
            self._news.wait()
            self._news.clear()
            try:
                while self.offer_changed():
                    pass
            except Exception:
                log.exception("changed tasks could not be offered; everybody who waits looks at all of them")
                self._look_again_all()
                threading.Event().wait(1.0)

    def _look_again_all(self) -> None:
        with self._lock:
            self._nothing_for.clear()
            for claim in self._waiting:
                claim.look_again()

    def _offer(self, row: Stored) -> None:
        """Offer a task to the first who can do it; where all who can are busy, they look again when they are not.

        Of those who cannot, however many wait, none is looked at.
        """
        needs = frozenset(row.required_capabilities)
        if row.assigned_agent_id is not None:
            lines = [dict.fromkeys(c for c in self._of_agent.get(row.assigned_agent_id, ()) if c.can(needs))]
        else:
            for known in [each for each in self._nothing_for if needs <= each]:
                del self._nothing_for[known]
            lines = [line for capabilities, line in self._lines.items() if needs <= capabilities]
            lines.append(self._new)
        free = [first for line in lines if (first := first_free(line, row)) is not None]
        if free:
            min(free, key=lambda claim: claim.number).take_offer(row)
            return
        for claim in chain.from_iterable(lines):
            if claim.busy:
                claim.look_again()

    def _line_up(self, claim: WaitingClaim, capabilities: Capabilities) -> None:
        if claim.capabilities == capabilities or claim not in self._waiting:
            return
        self._leave_line(claim)
        claim.capabilities = capabilities
        line = self._lines.setdefault(capabilities, {})
        behind = line and next(reversed(line)).number > claim.number
        line[claim] = None
        if behind:  # it was elsewhere before, and keeps its place
            self._lines[capabilities] = dict.fromkeys(sorted(line, key=lambda each: each.number))

    def _leave_line(self, claim: WaitingClaim) -> None:
        self._new.pop(claim, None)
        if claim.capabilities is not None:
            line = self._lines[claim.capabilities]
            line.pop(claim, None)
            if not line:
                del self._lines[claim.capabilities]

    def _remove(self, claim: WaitingClaim) -> None:
        del self._waiting[claim]
        same = self._of_agent[claim.agent_id]
        same.remove(claim)
        if not same:
            del self._of_agent[claim.agent_id]
        self._leave_line(claim)
        if not self._waiting:  # nobody hears any more what would change it
            self._nothing_for.clear()

    def _pass_on(self, claim: WaitingClaim) -> None:
        declined = claim.decline()
        if declined is not None:
            self._changed.append(declined)
            self._news.set()


def first_free(line: dict[WaitingClaim, None], row: Stored) -> WaitingClaim | None:
    """The first in the line who would take the task."""
    return next((claim for claim in line if claim.would_take(row)), None)
