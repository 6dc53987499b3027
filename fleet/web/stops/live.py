"""What is live on the list of stops and on one's report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models import stop
from fleet.web.live.topics import FIRST, MORPH, Changed, partial, piece
from fleet.web.security.policy import May
from fleet.web.stops import pages


@dataclass(frozen=True, slots=True)
class StopsTopic:
    """The list: a new stop comes first, a known one changes in place."""

    def pieces(
        self,
        connection: Connection,
        changed: Changed,
        may: May,  # noqa: ARG002  # every topic is asked so; a stop's line shows the same to all
    ) -> Iterator[str]:
        """The lines of the stops that changed."""
        for stop_id in changed.stops:
            row = stop.find(connection, stop_id)
            html = partial("stops/_line.html", stop=row, counts=stop.counts(connection, [stop_id])[stop_id])
            yield piece("#stop-lines", FIRST, html)


@dataclass(frozen=True, slots=True)
class StopTopic:
    """One report: who has answered meanwhile, who went offline, who has resumed it."""

    stop_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """All of it, when the stop or one of its agents has changed."""
        try:
            details = pages.detailed(connection, self.stop_id)
        except NotFound:
            return
        agents = {row.agent_id for row in details["answers"]}
        if self.stop_id not in changed.stops and agents.isdisjoint(changed.agents):
            return
        yield piece("#stop-head", MORPH, partial("stops/_head.html", **details, may=may))
        yield piece("#stop-answers", MORPH, partial("stops/_answers.html", **details))
