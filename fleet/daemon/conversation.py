"""What daemon and server say to each other over one connection, whatever carries it (the frames of `protocol`)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Protocol, Union

from fleet import protocol
from fleet.daemon import machine
from fleet.daemon.errors import Broken
from fleet.daemon.identity import SESSION_LONGEST, Identity
from fleet.daemon.log import log
from fleet.daemon.loop import Loop, Timer
from fleet.daemon.metrics import Metrics
from fleet.daemon.version import sha256, version

Message = Union[Dict[str, Any], bytes]
BEAT_LEAST, BEAT_MOST = 0.05, 3600.0
# Those of the server's frames that ask for work: of commands, of files, of logs.
FOR_WORK = frozenset({"command", "cancel", "want", "forget", "stat", "list", "get", "put", "commit"}) | {
    "follow",
    "credit",
    "unfollow",
}


class Work(Protocol):
    """What is done on this host, as a conversation sees it; the commands know nothing of networks."""

    def hello(self) -> Dict[str, Any]:
        """The lists `waiting`, `running`, `ended`."""

    def welcomed(self, frame: Dict[str, Any]) -> None:
        """The server's answer: from now on there is somebody to send to."""

    def take(self, frame: Dict[str, Any]) -> None:
        """A frame of FOR_WORK."""

    def outgoing(self) -> Optional[Message]:
        """The next message to send, None while there is none."""

    def disconnected(self) -> None:
        """What was under way may be lost."""


@dataclass(frozen=True)
class Bye:
    """The server's last words: a close code of `protocol`, and in how many seconds to try again (None: hourly)."""

    code: int
    retry_after: Optional[float]


class Conversation:
    """From hello to bye. `wake` is called when there is something to say, `beat` each beat."""

    def __init__(self, loop: Loop, work: Work, identity: Identity, metrics: Metrics) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.beat: Callable[[], None] = lambda: None
        self.on_welcome: Callable[[], None] = lambda: None
        self.beat_seconds = protocol.BEAT
        self.welcomed = False
        self.session: Optional[str] = None
        self.bye: Optional[Bye] = None
        self._loop = loop
        self._work = work
        self._identity = identity
        self._metrics = metrics
        self._beat_due: Optional[str] = None
        self._beat_timer = loop.later(self.beat_seconds, self._on_beat)
        self._metrics_timer: Optional[Timer] = None
        self._greeted = False
        self._over = False

    def hello(self) -> Dict[str, Any]:
        """The first frame."""
        self._greeted = True
        return {
            "type": "hello",
            "protocol": protocol.VERSION,
            "version": version(),
            "sha256": sha256(),
            "session": self._identity.session,
            **machine.facts(),
            **self._work.hello(),
        }

    def take(self, text: Union[str, bytes]) -> None:
        """A frame of the server's, as JSON. Raises Broken."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Broken("the server says what is not JSON") from error
        self.take_frame(frame)

    def take_frame(self, frame: Any) -> None:
        """A frame of the server's. Raises Broken for one that is none, or out of turn."""
        kind = frame.get("type") if isinstance(frame, dict) else None
        if not isinstance(kind, str):
            raise Broken("the server says what is no frame")
        if kind == "bye":
            self.bye = parse_bye(frame)
        elif kind == "welcome":
            self._welcome(frame)
        elif not self.welcomed:
            raise Broken(f"the server says {kind[:40]} before welcome")
        elif kind in FOR_WORK:
            self._hand_over(frame)
        elif kind == "metrics":
            self._watch(_number(frame, "every", 0.0, BEAT_MOST))
        # A newer server may say more; what this daemon can do stands in its hello.

    def next(self) -> Optional[Message]:
        """The next thing to say, once the server has said welcome."""
        if not self.welcomed:
            return None
        if self._beat_due is not None:
            full, self._beat_due = self._beat_due == "full", None
            return {"type": "beat", "metrics": self._metrics.full() if full else self._metrics.brief()}
        return self._work.outgoing()

    def end(self) -> None:
        """The connection is gone."""
        if self._over:
            return
        self._over = True
        self._beat_timer.cancel()
        self._watch(0)
        if self._greeted:
            # Since hello the commands keep account of what this server was told, welcome or not.
            self._work.disconnected()

    def _welcome(self, frame: Dict[str, Any]) -> None:
        if self.welcomed:
            raise Broken("the server says welcome twice")
        session = frame.get("session")
        if not isinstance(session, str) or not 0 < len(session) <= SESSION_LONGEST or not _plain(session):
            raise Broken("the server's welcome names no session")
        self.beat_seconds = _number(frame, "beat", BEAT_LEAST, BEAT_MOST, protocol.BEAT)
        every = _number(frame, "metrics", 0.0, BEAT_MOST, 0.0)
        try:
            # Before anything else is said: a server that has heard more under this name would take
            # a daemon that comes back with the one of before for a clone.
            self._identity.remember(session)
        except OSError as error:
            log.error("The session cannot be kept in %s: %s. Make room there.", self._identity.state, error.strerror)
        self.welcomed, self.session = True, session
        self._hand_over(frame)
        self._beat_timer.cancel()
        self._beat_due = "brief"
        self._beat_timer = self._loop.later(self.beat_seconds, self._on_beat)
        self._watch(every)
        self.on_welcome()
        self.wake()

    def _hand_over(self, frame: Dict[str, Any]) -> None:
        try:
            if frame["type"] == "welcome":
                self._work.welcomed(frame)
            else:
                self._work.take(frame)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            log.exception("A frame of the server's was not understood")
            raise Broken(f"the server's {frame['type']} is not as it should be") from error

    def _on_beat(self) -> None:
        self._beat_timer = self._loop.later(self.beat_seconds, self._on_beat)
        if self._metrics_timer is None:
            self._beat_due = "brief"
        self.beat()

    def _watch(self, every: float) -> None:
        """Say all metrics so often, from now on; 0: no longer."""
        if self._metrics_timer is not None:
            self._metrics_timer.cancel()
            self._metrics_timer = None
        if every > 0:
            every = max(every, 1.0)
            self._metrics_timer = self._loop.later(every, lambda: self._watch(every))
            self._beat_due = "full"
            self.wake()


def parse_bye(frame: Dict[str, Any]) -> Bye:
    """Raises Broken."""
    code, wait = frame.get("code"), frame.get("retry_after")
    if not isinstance(code, int) or isinstance(code, bool):
        raise Broken("the server's bye has no code")
    return Bye(code, None if wait is None else _number(frame, "retry_after", 0.0, math.inf))


def _number(frame: Dict[str, Any], name: str, least: float, most: float, otherwise: Optional[float] = None) -> float:
    value = frame.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise Broken(f'the server\'s {frame["type"]} has no good "{name}"')
    return float(value)


def _plain(text: str) -> bool:
    return text.isascii() and all("!" <= sign <= "~" for sign in text)
