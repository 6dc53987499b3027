"""Reading Server-Sent Events as they come."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.support.serving import Served

PATIENCE = 30.0


class Frame(NamedTuple):
    """A frame of `/v1/stream`: its SSE id, and what its data says."""

    id: str
    event: str
    data: dict[str, Any]


class Reader:
    """One open stream; closed at the end of the `with` block."""

    def __init__(
        self,
        server: Served,
        *,
        token: str | None = None,
        after: str | None = None,
        path: str = "/v1/stream",
        headers: dict[str, str] | None = None,
        token_in_query: str | None = None,
        **query: str,
    ) -> None:
        sent = {"Accept": "text/event-stream"} | (headers or {})
        if token_in_query is not None:
            query["token"] = token_in_query
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if after is not None:
            sent["Last-Event-ID"] = after
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self._connection.request("GET", f"{path}?{urlencode(query)}" if query else path, headers=sent)
        self.answer: HTTPResponse = self._connection.getresponse()
        self.status = self.answer.status
        self.comments = 0

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    def block(self) -> list[str] | None:
        """The lines up to the next empty one, or None when the stream has ended."""
        lines: list[str] = []
        while True:
            try:
                line = self.answer.readline()
            except (HTTPException, ConnectionError):
                return None
            if not line:
                return None
            if line in (b"\n", b"\r\n"):
                return lines
            lines.append(line.decode().rstrip("\r\n"))

    def next(self) -> Frame | None:
        """The next frame with data, or None when the stream has ended."""
        deadline = time.monotonic() + PATIENCE
        while (lines := self.block()) is not None:
            # Comments keep the line open; they are not what anybody waits for.
            assert time.monotonic() < deadline, "nothing came"
            fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
            self.comments += any(line.startswith(":") for line in lines)
            if "data" in fields:
                assert "event" not in fields, "an event line keeps onmessage from firing"
                said = json.loads(fields["data"])
                assert set(said) == {"event", "data"}
                return Frame(fields["id"], said["event"], said["data"])
        return None

    def frame(self) -> Frame:
        """The next frame; fails when the stream has ended."""
        found = self.next()
        assert found is not None, "the stream has ended"
        return found

    def frames(self, count: int) -> list[Frame]:
        """The next so many frames."""
        return [self.frame() for _ in range(count)]

    def to_the_end(self) -> list[Frame]:
        """What still comes before the server ends the stream; waits for that."""
        found = []
        while (frame := self.next()) is not None:
            found.append(frame)
        return found
