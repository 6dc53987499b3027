"""Every log that the server follows on this host."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Union

from fleet.daemon.logs import journal
from fleet.daemon.logs.follow import Follow, opened
from fleet.daemon.logs.journal import JournalSource
from fleet.daemon.loop import READ, Loop, Timer
from fleet.daemon.roots import PathRefused, Roots

# Seconds between two looks at files; at most so many logs at a time.
LOOK_EVERY = 0.1
FOLLOWS_MOST = 32
CREDIT_MOST = 1 << 40


class Logs:
    """Takes `follow`, `credit`, `unfollow`; gives chunks of lines and `failed`. They end with the connection."""

    FRAMES = frozenset({"follow", "credit", "unfollow"})

    def __init__(self, loop: Loop, roots: Roots, say: Callable[[], None]) -> None:
        self._loop = loop
        self._roots = roots
        self._say = say
        self._follows: Dict[str, Follow] = {}
        self._frames: Deque[Dict[str, Any]] = deque()
        self._timer: Optional[Timer] = None
        self._watched: Dict[str, int] = {}

    def take(self, frame: Dict[str, Any]) -> None:
        """A frame of the server's. Raises LookupError, TypeError or ValueError for one that is not as it should be."""
        follow_id = frame["id"]
        if not isinstance(follow_id, str):
            raise TypeError("id")
        if frame["type"] == "follow":
            self._begin(follow_id, frame)
        elif frame["type"] == "unfollow":
            self._end(follow_id)
        elif follow_id in self._follows:
            self._follows[follow_id].grant(_credit(frame["bytes"]))
        self._say()

    def outgoing(self) -> Optional[Union[Dict[str, Any], bytes]]:
        """The next message; those who follow have their turns one after the other."""
        if self._frames:
            return self._frames.popleft()
        for follow_id, follow in list(self._follows.items()):
            self._unwatch(follow_id)
            try:
                chunk = follow.next()
            except PathRefused as denied:
                return self._failed(follow_id, denied)
            if chunk is not None:
                del self._follows[follow_id]
                self._follows[follow_id] = follow
                if follow.is_over:
                    self._end(follow_id)
                return chunk
            self._wait(follow)
        return None

    def disconnected(self) -> None:
        """Nobody follows any more."""
        for follow_id in list(self._follows):
            self._end(follow_id)
        self._frames.clear()

    def _begin(self, follow_id: str, frame: Dict[str, Any]) -> None:
        credit = _credit(frame["credit"])
        try:
            if follow_id in self._follows or len(self._follows) >= FOLLOWS_MOST:
                raise PathRefused("TOO_MANY_FOLLOWS", f"This host's daemon follows {FOLLOWS_MOST} logs at a time.")
            self._follows[follow_id] = Follow(follow_id, opened(frame, self._roots), credit)
        except PathRefused as denied:
            self._frames.append(failed(follow_id, denied))
            return
        if self._timer is None:
            self._timer = self._loop.later(LOOK_EVERY, self._look)

    def _end(self, follow_id: str) -> None:
        follow = self._follows.pop(follow_id, None)
        if follow is None:
            return
        self._unwatch(follow_id)
        follow.source.close()

    def _unwatch(self, follow_id: str) -> None:
        watched = self._watched.pop(follow_id, None)
        if watched is not None:
            self._loop.unwatch(watched)

    def _failed(self, follow_id: str, denied: PathRefused) -> Dict[str, Any]:
        self._end(follow_id)
        return failed(follow_id, denied)

    def _wait(self, follow: Follow) -> None:
        """Be woken when there is something to read, while there is credit to read it."""
        if follow.is_busy:
            self._loop.later(0.0, self._say)
        elif isinstance(follow.source, JournalSource) and follow.is_hungry:
            fd = self._watched[follow.id] = follow.source.fd
            self._loop.watch(fd, lambda _: self._readable(follow.id), READ)

    def _readable(self, follow_id: str) -> None:
        self._unwatch(follow_id)
        self._say()

    def _poll(self, follow: Follow) -> None:
        try:
            follow.source.poll()
        except PathRefused as denied:
            self._frames.append(self._failed(follow.id, denied))

    def _look(self) -> None:
        self._timer = None
        for follow in list(self._follows.values()):
            self._poll(follow)
        if self._follows:
            self._timer = self._loop.later(LOOK_EVERY, self._look)
        if self._follows or self._frames:
            self._say()


def failed(follow_id: str, denied: PathRefused) -> Dict[str, Any]:
    """What the server is told of a log that cannot be followed, or not any more."""
    return {"type": "failed", "id": follow_id, "code": denied.code, "message": denied.message}


def capabilities() -> List[str]:
    """What there is to follow on this machine."""
    return ["logs", "journald"] if journal.is_there() else ["logs"]


def _credit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= CREDIT_MOST:
        raise ValueError("credit")
    return value
