"""The daemons of one application: their links, who writes down what they say, who is told what, whose key has ended."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from flask import Flask

from fleet import clock, protocol
from fleet.bus import Bus, News
from fleet.config import Settings
from fleet.db import db, write
from fleet.errors import StorageUnavailable
from fleet.links import Link, Links
from fleet.models import execution, host, token
from fleet.parts import parts_of
from fleet.sealing import Sealer, key_path
from fleet.web.link.conversation import Conversations, Talk, goodbye
from fleet.web.link.delivery import Delivery
from fleet.web.link.inbox import Inbox
from fleet.web.link.messages import saying
from fleet.web.link.posted import Posted
from fleet.web.link.requests import Requests
from fleet.web.link.transfers import Transfers
from fleet.web.link.watching import Watching
from fleet.web.live.followers import Followers
from fleet.web.live.host_logs import PREFIX, HostLogs
from fleet.web.live.snapshots import Snapshots

log = structlog.get_logger(__name__)

# Descriptors that are kept for people, programs and the database, whatever links take.
RESERVE = 1000
# Seconds: keys are looked at, signs of life and metrics are written down, hosts that nobody watches are let go.
KEYS_EVERY, HEARD_EVERY, METRICS_EVERY, WATCHED_EVERY = 0.5, 10.0, 60.0, 5.0
SLICE = 2000
# So many parts of the time to live, and so many links a second, are the longest and the shortest way between two beats.
OF_TIME_TO_LIVE, BEATS_A_SECOND = 3, 1000
# After a restart all come back within so many seconds, or at so many a second.
RETURN_LEAST, RETURNS_A_SECOND = 2.0, 350


class Daemons:
    """Everything about links that goes on by itself."""

    def __init__(self, app: Flask, settings: Settings, bus: Bus) -> None:
        parts = parts_of(app)
        self._ttl = settings.heartbeat_ttl
        self.links = parts.add(Links(room(settings.links)))
        sealer = parts.add(Sealer(key_path(settings.sqlite_path)))
        self.followers = parts.get(Followers)
        self.watching = parts.add(Watching(self.links))
        self.followers.on_change = self._followed
        self.logs = parts.add(HostLogs(self.links, self.followers))
        self.snapshots = parts.get(Snapshots)
        bus.listen(self._hear)
        limits = parts.add(execution.Limits(settings.output_head, settings.output_tail))
        self._delivery = Delivery(app, bus, self.links, sealer)
        self.posted = parts.add(
            Posted(self.links, self._delivery, self.followers, self.watching, self.snapshots, limits)
        )
        self._inbox = Inbox(app, self.links, self._delivery, self.followers, self.watching, limits)
        requests = parts.add(Requests())
        parts.add(Transfers())
        self.links.messages = Conversations(self.links, self._inbox, requests, self.logs, self.snapshots)
        self._edition: int | None = None
        self._next_expiry: datetime | None = None
        self._heard_at = time.monotonic()
        self._metrics_at = time.monotonic()

    def linked(self) -> set[str]:
        """The hosts that are connected here."""
        return {link.agent_id for link in self.links.all()}

    def _followed(self, subject: str, followed: bool) -> None:
        """Somebody has begun to follow this, or nobody does any more."""
        if not subject.startswith(PREFIX):
            self.watching.follow(subject, followed)
        elif not followed:
            self.logs.end(subject)

    def _hear(self, news: Sequence[News]) -> None:
        """A command may end without its host's word: who follows it is told in any case."""
        self.followers.tell(item.subject for item in news if item.kind == "command_updated")
        for item in news:
            if item.kind == "agent_deleted":
                self.snapshots.forget(item.subject)
                self.posted.forget(item.subject)

    def chores(self) -> Iterator[tuple[str, float, Callable[[], object]]]:
        """What is to be done again and again: its name, after how many seconds, the act."""
        yield "keys of links", KEYS_EVERY, self.look_at_keys
        yield "signs of life of hosts", HEARD_EVERY, self.note_life
        yield "metrics that nobody watches", WATCHED_EVERY, self.watching.let_go

    def stop(self) -> None:
        """Let the daemons know, and write what they have said."""
        self._delivery.stop()
        self._inbox.stop()
        # They come back at a random moment within this time: all at once would be a herd.
        spread = max(RETURN_LEAST, len(self.links) / RETURNS_A_SECOND)
        self.links.stop(saying("bye", code=protocol.SERVER_STOPS, message="the server stops", retry_after=spread))

    def look_at_keys(self) -> None:
        """End the links whose keys were revoked or have expired: within a second (security.md 6)."""
        links = self.links.all()
        if not links:
            return
        with db.engine.connect() as connection:
            edition = token.edition(connection)
            expired = self._next_expiry is not None and self._next_expiry <= clock.now()
            if edition == self._edition and not expired:
                return
            good, self._next_expiry = token.live_agent_keys(connection, clock.now())
            self._edition = edition
        for link in links:
            if link.token_id not in good:
                goodbye(self.links, link, protocol.KEY_ENDED, "this key is not good any more", None)

    def note_life(self) -> None:
        """Write down who was heard since the last time, in slices, and now and then their metrics."""
        links, since = self.links.all(), self._heard_at
        self.posted.forget_silent()
        self._heard_at = time.monotonic()
        self.links.beat = beat(self._ttl, len(links))
        heard = [link.agent_id for link in links if link.heard >= since]
        for start in range(0, len(heard), SLICE):
            write(partial(host.heard, agent_ids=heard[start : start + SLICE]))
        if time.monotonic() - self._metrics_at >= METRICS_EVERY:
            self._metrics_at = time.monotonic()
            self.note_metrics([link for link in links if is_fresh(link.talk)])
        else:
            self.note_metrics([link for link in links if is_news(link.talk)])

    def note_metrics(self, links: list[Link]) -> None:
        """Write down the newest metrics of these hosts."""
        for start in range(0, len(links), SLICE):
            some = links[start : start + SLICE]
            metrics: dict[str, tuple[datetime, dict[str, Any]]] = {
                link.agent_id: (link.talk.metrics_at, link.talk.metrics) for link in some
            }
            try:
                write(partial(host.keep_snapshots, metrics=metrics))
            except StorageUnavailable as error:
                log.error("the metrics of hosts could not be written down", why=error.message)
                return
            for link in some:
                link.talk.noted = host.full(link.talk.metrics)


def is_fresh(talk: Talk) -> bool:
    """True for metrics that have come since they were written down, or so."""
    since = clock.now() - timedelta(seconds=METRICS_EVERY * 2)
    return talk.metrics is not None and talk.metrics_at is not None and talk.metrics_at > since


def is_news(talk: Talk) -> bool:
    """True for the first metrics of a link, and for those by which its host begins or ends to be well: lists sort by it."""
    return talk.metrics is not None and (talk.noted is None or bool(talk.noted) != bool(host.full(talk.metrics)))


def beat(ttl: int, links: int) -> float:
    """Seconds between two beats: several in a time to live, and of a large fleet not too many a second."""
    return max(min(protocol.BEAT, ttl / OF_TIME_TO_LIVE), links / BEATS_A_SECOND)


def room(wanted: int) -> int:
    """How many links there may be: as many as are wanted, while descriptors are left for everybody else."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    reserve = min(RESERVE, files // 2)
    return max(1, min(wanted, files - reserve))
