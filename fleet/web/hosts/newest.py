"""What is known of hosts in memory, newer than what was written down: their metrics, when they were heard."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from fleet import clock
from fleet.links import Links
from fleet.models.host import HostSummary
from fleet.parts import the
from fleet.web.link.watching import Watching


def with_newest(hosts: Iterable[HostSummary]) -> list[HostSummary]:
    """The same hosts as they are at this moment."""
    return [newest(each) for each in hosts]


def newest(summary: HostSummary) -> HostSummary:
    """The same host as it is at this moment."""
    link = the(Links).of(summary.id)
    if link is None:
        return summary
    heard = clock.now() - timedelta(seconds=max(0.0, time.monotonic() - link.heard))
    fresh = summary._replace(last_seen_at=heard)
    if link.talk.metrics is None:
        return fresh
    return fresh._replace(snapshot=link.talk.metrics, snapshot_at=link.talk.metrics_at)


def watch(hosts: Iterable[HostSummary]) -> None:
    """Somebody looks at these: their daemons take metrics often for a while."""
    the(Watching).look(each.id for each in hosts)
