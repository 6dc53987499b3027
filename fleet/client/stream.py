"""`GET /v1/stream`: Server-Sent Events (HTML standard, 9.2), resumed by `Last-Event-ID` after a cut."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from fleet.client.address import Address, Json
from fleet.client.diagnosis import explained
from fleet.client.refusals import MARK, PASSING, Refused, Unreachable, judged, parsed, stranger
from fleet.client.transport import pause

# The server says something every 15 seconds; one that is silent for longer than this is gone.
SILENCE = 60.0
CONNECT = 10.0  # seconds


@dataclass(frozen=True)
class Frame:
    """One change: `id` is the reader's position after it, `event` its name, `data` what it says."""

    id: str
    event: str
    data: Json


def nothing(*_: object) -> None:
    """Do nothing."""


class Stream:
    """The changes of a fleet, in order, for as long as somebody iterates.

    `everything` adds those that document 1 has no name for; `after` is the
    position to go on from. `on_cut` is told why a connection broke, once for
    each break; `on_beat` is called when the server says that it is still there.
    """

    def __init__(
        self,
        address: Address,
        *,
        everything: bool = False,
        after: str | None = None,
        on_cut: Callable[[Exception], None] = nothing,
        on_beat: Callable[[], None] = nothing,
    ) -> None:
        self._address = address
        self._path = "/v1/stream" + (f"?{urlencode({'events': 'all'})}" if everything else "")
        self.position = after
        self._on_cut, self._on_beat = on_cut, on_beat
        self._opened = False

    def __iter__(self) -> Iterator[Frame]:
        """Frames until the caller stops. Raises Refused, and Unreachable when the first connection fails."""
        attempt = 0
        while True:
            with contextlib.closing(self._connected()) as frames:
                while not isinstance(frame := self._next(frames), Exception):
                    attempt = 0
                    if frame is None:
                        # What goes wrong here, such as that nobody reads any more, is no fault of the connection's.
                        self._on_beat()
                    else:
                        yield frame
            if not self._opened:
                raise Unreachable(explained(self._address, frame)) from frame
            attempt += 1
            if attempt == 1:
                self._on_cut(frame)
            pause(attempt, threading.Event())

    def _next(self, frames: Iterator[Frame | None]) -> Frame | Exception | None:
        """The next frame, None for a sign of life, or why the connection broke. Raises Refused."""
        try:
            return next(frames)
        except StopIteration:
            return ConnectionError("the server ended the stream")
        except (OSError, http.client.HTTPException) as broken:
            return broken
        except Refused as refusal:
            if not self._opened or not self._passes(refusal):
                raise
            return refusal

    def _passes(self, refusal: Refused) -> bool:
        """True for a refusal after which it is worth while to try again."""
        return refusal.status in PASSING

    def _connected(self) -> Generator[Frame | None, None, None]:
        connection = self._address.connection(CONNECT)
        try:
            connection.connect()
            connection.sock.settimeout(SILENCE)
            connection.request("GET", self._address.base + self._path, headers=self._headers())
            answer = connection.getresponse()
            if answer.status != 200:
                judged(self._address, answer, answer.read())
            if answer.getheader(MARK) is None or "text/event-stream" not in answer.headers.get("Content-Type", ""):
                raise stranger(self._address, answer.status)
            self._opened = True
            yield from self._frames(answer)
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        headers = self._address.headers(Accept="text/event-stream")
        return {**headers, "Last-Event-ID": self.position} if self.position else headers

    def _frames(self, answer: http.client.HTTPResponse) -> Iterator[Frame | None]:
        for block in blocks(answer):
            if not (data := "\n".join(value for name, value in block if name == "data")):
                yield None
                continue
            self.position = dict(block).get("id", self.position)
            frame = parsed(data.encode())
            inner = frame.get("data")
            yield Frame(self.position or "", str(frame.get("event", "")), inner if isinstance(inner, dict) else {})


def blocks(lines: Iterator[bytes] | http.client.HTTPResponse) -> Iterator[list[tuple[str, str]]]:
    """The fields of each block that an empty line ends; comments have the name ""."""
    block: list[tuple[str, str]] = []
    for raw in lines:
        line = raw.decode(errors="replace").rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            block.append((name, value.removeprefix(" ")))
        elif block:
            yield block
            block = []
