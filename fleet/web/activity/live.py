"""What is live on the page with all activity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.models.event import activity
from fleet.models.event.activity_line import lines
from fleet.web.activity.listing import ActivityList
from fleet.web.live.topics import FIRST, Changed, cached, piece
from fleet.web.security.policy import May

AT_ONCE = 60


@dataclass(frozen=True, slots=True)
class ActivityTopic:
    """All activity under a filter: only lines that match come."""

    asked: ActivityList

    def pieces(
        self,
        connection: Connection,
        changed: Changed,
        may: May,  # noqa: ARG002  # lines are the same for every role
    ) -> Iterator[str]:
        """New lines, each before the last one."""
        if not changed.events:
            return
        rows = activity.matching(connection, self.asked.wanted, list(changed.events)[-AT_ONCE:])
        for line in lines(rows):
            yield piece("#activity", FIRST, cached("activity/_line.html", event=line))
