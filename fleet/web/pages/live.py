"""What is live in the frame of every page."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fleet.web.live.topics import MORPH, Changed, partial, piece
from fleet.web.pages.halt import halted
from fleet.web.security.policy import May

BADGES = ("badge-overview", "badge-agents", "badge-overview-phone", "badge-agents-phone")
TASK_BADGES = ("badge-tasks", "badge-tasks-phone")


class FrameTopic:
    """The badges, the number of agents, and what holds the fleet, on every page."""

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """All of them, when any agent changed; the failed tasks, when any task did; the bell for notices; the stop's banner."""
        if changed.notices:
            yield piece("#notice-bell", MORPH, partial("shared/_bell.html", rung=changed.notices))
        if changed.stops or (changed.agents and halted() is not None):
            yield piece("#stop-banner", MORPH, partial("stops/_banner.html", halt=halted(), may=may))
            yield piece("#stop-control", MORPH, partial("stops/_control.html", halt=halted(), may=may))
        if changed.tasks or changed.coding(connection):
            figures = changed.count(connection)
            for badge in TASK_BADGES:
                html = partial("shared/_badge.html", badge_id=badge, count=figures.tasks_failed)
                yield piece(f"#{badge}", MORPH, html)
            yield piece("#rail-foot", MORPH, partial("shared/_rail_foot.html", total=figures.total))
            for badge in BADGES:
                html = partial("shared/_badge.html", badge_id=badge, count=figures.needs_you)
                yield piece(f"#{badge}", MORPH, html)
