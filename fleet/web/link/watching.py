"""Whose metrics somebody looks at: only their hosts take full ones, every few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterable

from fleet import protocol
from fleet.links import Links
from fleet.web.link.messages import saying

# Seconds after a look for which a host goes on; whoever watches looks again before.
LASTS = 15.0


class Watching:
    """Tells daemons when to take metrics often, and when nobody looks any more."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._until: dict[str, float] = {}
        self._followed: set[str] = set()

    def look(self, agent_ids: Iterable[str]) -> None:
        """Somebody looks at these hosts now, and for a while."""
        until = time.monotonic() + LASTS
        for agent_id in agent_ids:
            self._until[agent_id] = until
            self._ask(agent_id)

    def follow(self, subject: str, followed: bool) -> None:
        """The first stream of this host's metrics has begun, or the last has ended (`Followers.on_change`)."""
        if followed:
            self._followed.add(subject)
            self._ask(subject)
        else:
            self._followed.discard(subject)
            if subject not in self._until:
                self._rest(subject)

    def wants(self, agent_id: str) -> float:
        """Every so many seconds somebody wants a host's metrics; 0 for nobody."""
        return protocol.METRICS_EVERY if agent_id in self._followed or agent_id in self._until else 0.0

    def let_go(self) -> None:
        """Let those rest that nobody has looked at lately."""
        now = time.monotonic()
        for agent_id in [agent_id for agent_id, until in self._until.items() if until <= now]:
            del self._until[agent_id]
            if agent_id not in self._followed:
                self._rest(agent_id)

    def _ask(self, agent_id: str) -> None:
        link = self._links.of(agent_id)
        if link is not None and not link.talk.watched:
            link.talk.watched = True
            self._links.send(link, saying("metrics", every=protocol.METRICS_EVERY))

    def _rest(self, agent_id: str) -> None:
        link = self._links.of(agent_id)
        if link is not None and link.talk.watched:
            link.talk.watched = False
            self._links.send(link, saying("metrics", every=0))
