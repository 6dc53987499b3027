"""One daemon's side of the conversation: what it says in turn is passed on, anything else ends its link."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, Protocol

import structlog

from fleet import clock, protocol
from fleet.links import Link, Links
from fleet.links.link import Message
from fleet.web.link.messages import Beat, Done, Failed, Hello, Said, decode, saying
from fleet.web.link.requests import Requests
from fleet.web.live.host_logs import PREFIX, HostLogs
from fleet.web.live.snapshots import Snapshots

log = structlog.get_logger(__name__)

# Beats beyond one in so many seconds, on the whole, end a link: nobody has asked for them.
BEAT_COSTS, BEATS_AT_ONCE = 0.5, 40


class Inbox(Protocol):
    """Takes what has to be written down."""

    def put(self, link: Link, said: Said, size: int) -> None:
        """Deal with it soon, in order; `links.done_with` the size then."""


class Talk:
    """Where a conversation stands: silent, greeted (hello is being dealt with), welcomed."""

    __slots__ = (
        "address",
        "allowance",
        "greeted",
        "metrics",
        "metrics_at",
        "noted",
        "refilled",
        "sent",
        "watched",
        "welcomed",
    )

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.greeted = self.welcomed = False
        self.metrics: dict[str, Any] | None = None
        self.metrics_at: datetime | None = None
        self.noted: str | None = None  # what was full by the metrics that were written down last
        self.watched = False  # it was asked for metrics every few seconds
        self.sent: set[str] = set()  # commands that were put on this link
        self.allowance, self.refilled = float(BEATS_AT_ONCE), time.monotonic()

    def may_beat(self) -> bool:
        """False when beats come much more often than anybody wants them."""
        now = time.monotonic()
        self.allowance = min(BEATS_AT_ONCE, self.allowance + (now - self.refilled) / BEAT_COSTS)
        self.refilled = now
        self.allowance -= 1
        return self.allowance >= 0


class Conversations:
    """Takes part in every link's conversation; `Links` calls it with each message."""

    def __init__(self, links: Links, inbox: Inbox, requests: Requests, logs: HostLogs, snapshots: Snapshots) -> None:
        self._links = links
        self._snapshots = snapshots
        self._inbox = inbox
        self._requests = requests
        self._logs = logs

    def received(self, link: Link, message: Message) -> None:
        """Take a message in. Whoever says what cannot be understood, or out of turn, is told so and goes."""
        size = len(message)
        try:
            said = decode(message)
        except protocol.Malformed as error:
            self.refuse(link, protocol.BAD_MESSAGE, str(error))
            return
        talk: Talk = link.talk
        if isinstance(said, Hello) == talk.greeted or (talk.greeted and not talk.welcomed):
            self.refuse(link, protocol.NOT_FIRST_HELLO, "a hello comes first, once, and then the welcome")
        elif isinstance(said, Beat):
            self._beat(link, talk, said, size)
        elif isinstance(said, Done | Failed) or (isinstance(said, protocol.Chunk) and said.stream == "lines"):
            self._links.done_with(link, size)
            self._answer(link, said)
        else:
            talk.greeted = True
            self._inbox.put(link, said, size)

    def gone(self, link: Link) -> None:
        """The connection is over; what it said is dealt with all the same."""
        log.debug("a daemon's link is over", agent=link.agent_id)
        self._requests.gone(link)
        self._logs.gone(link)

    def refuse(self, link: Link, code: int, why: str) -> None:
        """Say why, and end the link; others do not notice."""
        log.warning("a daemon's link is closed", agent=link.agent_id, code=code, why=why)
        goodbye(self._links, link, code, why)

    def _answer(self, link: Link, said: Done | Failed | protocol.Chunk) -> None:
        """An answer to what was asked beside commands: nothing of it is written down here."""
        if isinstance(said, protocol.Chunk):
            wrong = self._logs.chunk(link, said)
            if wrong is not None:
                self.refuse(link, protocol.BAD_MESSAGE, wrong)
        elif isinstance(said, Failed) and said.id.startswith(PREFIX):
            self._logs.failed(link, said.id, said.code, said.message)
        else:
            self._requests.answered(link, said)

    def _beat(self, link: Link, talk: Talk, beat: Beat, size: int) -> None:
        self._links.done_with(link, size)
        if not talk.may_beat():
            self.refuse(link, protocol.TOO_FAST, "too many messages that nobody has asked for")
        elif beat.metrics is not None:
            # A beat that nobody watches has four figures only; what it does not tell is as it was.
            talk.metrics, talk.metrics_at = {**(talk.metrics or {}), **beat.metrics}, clock.now()
            self._snapshots.keep(link.agent_id, talk.metrics)


def goodbye(links: Links, link: Link, code: int, why: str, retry_after: float | None = 0.0) -> None:
    """Tell a daemon why its link ends, and when to come again (None: its key is dead), and end it."""
    links.send(link, saying("bye", code=code, message=why[:200], retry_after=retry_after))
    links.close(link, code, why)
