"""Which logs of hosts are followed, and where their lines go.

An answer waits here for one reader. A daemon sends no more than it was given
credit for, and credit is given as bytes leave: so much, and no more, is held.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from typing import Any

import gevent
import msgspec

from fleet import protocol
from fleet.errors import Conflict
from fleet.links import Link, Links
from fleet.web.live.followers import Followers

PREFIX = "log_"
# Bytes that a daemon may send before any were read, given back in parts. A quarter of it made a log four times as slow:
# each end waited for the other.
CREDIT = 1 << 20
GIVEN_BACK = CREDIT // 16
# Seconds in which somebody has to come who reads what was asked for.
READ_WITHIN = 20.0
# Ids of one link whose answers may still be under way when nobody wants them any more.
LATE_MOST = 1000
_encode = msgspec.json.Encoder().encode


class FollowedLog:
    """One log of one host, for one reader."""

    def __init__(self, link: Link, request_id: str) -> None:
        self.link = link
        self.id = request_id
        self.failure: tuple[str, str] | None = None
        # Set by the first answer.
        self.answered = threading.Event()
        self.received = 0
        self.taken = 0
        self.allowed = CREDIT
        self.pieces: deque[bytes] = deque()

    def fail(self, code: str, message: str) -> None:
        """There will be no more."""
        self.failure = self.failure or (code, message)
        self.answered.set()


class HostLogs:
    """Every followed log of this process, by its id."""

    def __init__(self, links: Links, followers: Followers) -> None:
        self._links = links
        self._followers = followers
        self._requests: dict[str, FollowedLog] = {}
        self._late: dict[str, Link] = {}

    def __len__(self) -> int:
        return len(self._requests)

    def follow(self, agent_id: str, values: dict[str, Any]) -> FollowedLog:
        """Ask a host for a log. Raises Conflict when no daemon of it is linked."""
        link = self._links.of(agent_id)
        if link is None:
            raise Conflict("HOST_OFFLINE", "This host is not connected: its logs can be read when it is back.")
        request = FollowedLog(link, PREFIX + secrets.token_hex(12))
        self._requests[request.id] = request
        self._say(link, "follow", id=request.id, credit=CREDIT, **values)
        gevent.spawn_later(READ_WITHIN, self._end_unread, request.id)
        return request

    def take(self, request: FollowedLog) -> bytes:
        """The next bytes that came, b"" when there are none; the daemon may send as many more."""
        if not request.pieces:
            return b""
        data = request.pieces.popleft()
        request.taken += len(data)
        owed = request.taken + CREDIT - request.allowed
        if owed >= GIVEN_BACK and request.failure is None:
            request.allowed += owed
            self._say(request.link, "credit", id=request.id, bytes=owed)
        return data

    def end(self, request_id: str) -> None:
        """Nobody reads it any more."""
        request = self._requests.pop(request_id, None)
        if request is None:
            return
        if request.failure is None:
            self._remember(request)
            self._say(request.link, "unfollow", id=request_id)

    def chunk(self, link: Link, chunk: protocol.Chunk) -> str | None:
        """Bytes of an answer; what is wrong with them, if anything is."""
        request = self._requests.get(chunk.id)
        if request is None or request.link is not link:
            return None if self._late.get(chunk.id) is link else "lines of a log that nobody has asked for"
        if chunk.offset != request.received or request.received + len(chunk.data) > request.allowed:
            return "lines at a wrong offset, or more than were asked for"
        request.received += len(chunk.data)
        if chunk.data:
            request.pieces.append(chunk.data)
        self._tell(request)
        return None

    def failed(self, link: Link, request_id: str, code: str, message: str) -> None:
        """It cannot be answered, or not any further."""
        request = self._requests.get(request_id)
        if request is not None and request.link is link:
            request.fail(code, message)
            self._tell(request)

    def gone(self, link: Link) -> None:
        """With a link all that was asked by it ends."""
        for request in [each for each in self._requests.values() if each.link is link]:
            request.fail("HOST_OFFLINE", "The connection to this host is over.")
            self._tell(request)
        self._late = {request_id: other for request_id, other in self._late.items() if other is not link}

    def _tell(self, request: FollowedLog) -> None:
        request.answered.set()
        self._followers.tell([request.id])

    def _end_unread(self, request_id: str) -> None:
        if not self._followers.is_followed(request_id):
            self.end(request_id)

    def _remember(self, request: FollowedLog) -> None:
        self._late[request.id] = request.link
        if len(self._late) > LATE_MOST:
            del self._late[next(iter(self._late))]

    def _say(self, link: Link, kind: str, **values: Any) -> None:
        self._links.send(link, _encode({"type": kind, **values}).decode())
