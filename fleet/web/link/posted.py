"""The same conversation by calls, where no WebSocket comes through: each `report` with `take` carries frames both ways.

A session begins with a hello, alone in its call, and ends with whatever goes
wrong: the daemon says hello again then, and both sides agree anew. Binary
messages travel as `{"type": "chunk", "stream", "id", "offset", "data"}`, the bytes
in base64.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import msgspec

from fleet import clock, protocol
from fleet.db import db, write
from fleet.links import Link, Links
from fleet.models import execution, host
from fleet.web.link import greeting
from fleet.web.link.conversation import Talk
from fleet.web.link.delivery import Delivery
from fleet.web.link.messages import Beat, Hello, Said, saying
from fleet.web.link.newcomers import ANOTHER, gives_way
from fleet.web.link.watching import Watching
from fleet.web.link.writing import Answers, Entry, write_down
from fleet.web.live.followers import Followers
from fleet.web.live.snapshots import Snapshots

# Seconds between two calls: while something is under way, and while nothing is.
BUSY, QUIET = 1.0, 5.0
# A session of which nothing was heard for so many seconds is over; its daemon says hello anew.
SILENT = 600.0
# Seconds between two signs of life that are written down.
NOTED_EVERY = 10.0


class Caller(NamedTuple):
    """Whose call it is: the host, its key, from which address; and the session that it names, if it does."""

    agent_id: str
    token_id: str
    address: str | None
    session: str | None = None


class Exchange(NamedTuple):
    """What a call is answered with: the server's frames, and in how many seconds the next call is wanted."""

    frames: list[msgspec.Raw]
    beat: float


@dataclass(slots=True)
class Session:
    """One host's talk by calls: `link` stands for the connection that there is none of."""

    link: Link
    name: str
    metrics: float = 0.0
    noted: float = float("-inf")
    canceled: set[str] = field(default_factory=set)


class GoesWrong(Exception):  # no error of the server's: what the daemon is told before it says hello anew
    """The session is over; `code` and words as in a link's `bye`."""

    def __init__(self, code: int, why: str, retry_after: float | None = 0.0) -> None:
        super().__init__(why)
        self.code, self.why, self.retry_after = code, why, retry_after


class Posted:
    """The sessions of one application, each host's by itself."""

    def __init__(
        self,
        links: Links,
        delivery: Delivery,
        followers: Followers,
        watching: Watching,
        snapshots: Snapshots,
        limits: execution.Limits,
    ) -> None:
        self._links = links
        self._delivery = delivery
        self._followers = followers
        self._watching = watching
        self._snapshots = snapshots
        self._limits = limits
        self._sessions: dict[str, Session] = {}
        self._locks: dict[str, threading.Lock] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def forget(self, agent_id: str) -> None:
        """The host is no more."""
        self._sessions.pop(agent_id, None)

    def forget_silent(self) -> None:
        """Sessions that nobody goes on with are over."""
        since = time.monotonic() - SILENT
        for agent_id in [each for each, session in self._sessions.items() if session.link.heard < since]:
            self.forget(agent_id)

    def exchange(self, caller: Caller, said: Sequence[Said], metrics: dict[str, Any]) -> Exchange:
        """Take what a daemon says, and its `metrics` unless it says more of them; answer with what it is to know."""
        with self._alone(caller.agent_id):
            try:
                begins = bool(said) and isinstance(said[0], Hello)
                frames = self._greet(caller, said) if begins else self._go_on(caller, said, metrics)
            except GoesWrong as end:
                self.forget(caller.agent_id)
                bye = saying("bye", code=end.code, message=end.why, retry_after=end.retry_after)
                return Exchange([msgspec.Raw(bye.encode())], QUIET)
            return Exchange([msgspec.Raw(frame.encode()) for frame in frames], self._beat(caller.agent_id))

    @contextmanager
    def _alone(self, agent_id: str) -> Iterator[None]:
        """One call of a host at a time: a second one, which a proxy has repeated, waits."""
        lock = self._locks.setdefault(agent_id, threading.Lock())
        with lock:
            yield
        if agent_id not in self._sessions and not lock.locked():
            self._locks.pop(agent_id, None)

    def _greet(self, caller: Caller, said: Sequence[Said]) -> list[str]:
        if len(said) > 1:
            raise GoesWrong(protocol.NOT_FIRST_HELLO, "a hello comes alone; the rest after the welcome")
        if not gives_way(self._links, caller.agent_id):
            raise GoesWrong(protocol.CLONE, ANOTHER, None)
        link = Link(caller.agent_id, caller.token_id)
        link.talk = Talk(caller.address)
        answers = self._write(link, said)
        [(_, greeted)] = answers.greetings
        if greeted is None:
            raise GoesWrong(protocol.KEY_ENDED, "this host was deleted", None)
        if greeted.session is None:
            raise GoesWrong(protocol.CLONE, "this disk is a copy of another host's; enrol anew", None)
        link.talk.greeted = link.talk.welcomed = True
        session = Session(link, greeted.session, self._metrics_wanted(caller.agent_id), canceled=set(greeted.cancel))
        self._sessions[caller.agent_id] = session
        values = greeting.welcome(greeted, self._beat(caller.agent_id), self._limits, session.metrics)
        return [saying("welcome", **values), *self._commands(greeted.due)]

    def _go_on(self, caller: Caller, said: Sequence[Said], metrics: dict[str, Any]) -> list[str]:
        session = self._sessions.get(caller.agent_id)
        if session is None or self._links.of(caller.agent_id) is not None:
            raise GoesWrong(protocol.NOT_FIRST_HELLO, "this server knows of no session: say hello")
        if caller.session not in (None, session.name) or any(isinstance(one, Hello) for one in said):
            raise GoesWrong(protocol.NOT_FIRST_HELLO, "a hello comes first, once, and then the welcome")
        session.link.heard = time.monotonic()
        told = [one.metrics for one in said if isinstance(one, Beat) and one.metrics]
        self._note_life(session, told[-1] if told else metrics)
        answers = self._write(session.link, [one for one in said if not isinstance(one, Beat)])
        frames = [saying("want", id=command_id, **ends) for (_, command_id), (_, ends) in answers.wanted.items()]
        frames += [saying("forget", id=command_id) for _, command_id in answers.forget]
        return [*frames, *self._news(session)]

    def _note_life(self, session: Session, metrics: dict[str, Any]) -> None:
        """It lives: in memory each time, on disk now and then."""
        agent_id, talk = session.link.agent_id, session.link.talk
        talk.metrics, talk.metrics_at = {**(talk.metrics or {}), **metrics}, clock.now()
        self._snapshots.keep(agent_id, talk.metrics)
        if session.noted < time.monotonic() - min(NOTED_EVERY, self._links.beat):
            session.noted = time.monotonic()
            write(partial(host.go_on, agent_id=agent_id, metrics=talk.metrics))

    def _write(self, link: Link, said: Sequence[Said]) -> Answers:
        if not said:
            return Answers()
        entries = [Entry(link, one, 0, link.talk.address) for one in said]
        answers = write(partial(write_down, entries=entries, limits=self._limits))
        self._followers.tell(answers.moved)
        for _, why in answers.strange:
            raise GoesWrong(protocol.BAD_MESSAGE, why)
        return answers

    def _news(self, session: Session) -> Iterator[str]:
        """What a link would have brought at once: commands that are due, wishes that one ends, what is watched."""
        agent_id = session.link.agent_id
        with db.engine.connect() as connection:
            rows = execution.unfinished(connection, agent_id)
        new = [row for row in rows if row.handed_at is None and row.cancel_at is None and row.expires_at > clock.now()]
        if new:
            free = write(partial(execution.hand_over, rows=new))
            yield from self._commands([row for row in new if row.id in free])
        for row in rows:
            if row.cancel_at is not None and row.handed_at is not None and row.id not in session.canceled:
                session.canceled.add(row.id)
                yield saying("cancel", id=row.id)
        wanted = self._metrics_wanted(agent_id)
        if wanted != session.metrics:
            session.metrics = wanted
            yield saying("metrics", every=wanted)

    def _commands(self, rows: Sequence[Any]) -> list[str]:
        messages = [self._delivery.message(row) for row in rows]
        return [message for message in messages if message is not None]

    def _metrics_wanted(self, agent_id: str) -> float:
        return self._watching.wants(agent_id)

    def _beat(self, agent_id: str) -> float:
        """Seconds until the next call is wanted."""
        with db.engine.connect() as connection:
            under_way = bool(execution.unfinished(connection, agent_id))
        if under_way or self._watching.wants(agent_id):
            return BUSY
        return min(QUIET, self._links.beat)
