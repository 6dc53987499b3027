"""Two daemons with one key: while the first one answers, the newcomer runs on a copied disk."""

from __future__ import annotations

import gevent
import structlog

from fleet import protocol
from fleet.links import Links
from fleet.web.link.conversation import goodbye

log = structlog.get_logger(__name__)

# Seconds in which the link that is there may answer, before a newcomer with the same key takes its place.
PONG_WITHIN = 2.0
ANOTHER = "another daemon with this key is connected"


def gives_way(links: Links, agent_id: str) -> bool:
    """Wait until it is known whether the host's link lives: False when it does, else it is closed for a newcomer's sake."""
    there = links.of(agent_id)
    if there is None:
        return True
    before = there.pongs
    links.ping(there)
    waited = 0.0
    while waited < PONG_WITHIN and there.fd >= 0 and there.pongs == before:
        gevent.sleep(0.05)
        waited += 0.05
    if there.fd >= 0 and there.pongs != before:
        log.warning("a second daemon shows the key of a host that is connected", agent=agent_id)
        return False
    goodbye(links, there, protocol.REPLACED, "a newer connection takes the place of this one")
    return True
