"""What is live in the frame of every page."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fleet.models.agent import listed
from fleet.web.auth import May
from fleet.web.live.topics import MORPH, Changed, partial, piece

BADGES = ("badge-overview", "badge-agents", "badge-overview-phone", "badge-agents-phone")


class FrameTopic:
    """The badges of every page."""

    def pieces(
        self,
        connection: Connection,
        changed: Changed,
        may: May,  # noqa: ARG002  # badges are the same for every role
    ) -> Iterator[str]:
        """The badges, when any agent changed."""
        if changed.agents:
            count = listed.figures(connection).needs_you
            for badge in BADGES:
                html = partial("shared/_badge.html", badge_id=badge, count=count)
                yield piece(f"#{badge}", MORPH, html)
