"""One command of a demo host: it prints what its script says, and ends; what the server has not got is sent again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from fleet import protocol
from fleet.demo.hosts.scripts import Script

Message = dict[str, Any] | bytes
STREAMS = ("stdout", "stderr")


class Run:
    """A command from its coming to the server's `forget`; `speed` is how many story seconds pass in a real one."""

    def __init__(self, command_id: str, script: Script, timeout: float, speed: float) -> None:
        self.id = command_id
        self._script, self._timeout, self._speed = script, timeout, speed
        self._output = dict.fromkeys(STREAMS, b"")
        self._sent = dict.fromkeys(STREAMS, 0)
        self._acknowledged = dict.fromkeys(STREAMS, 0)
        self._next = 0
        self._due = self._began = 0.0
        self._end: dict[str, Any] | None = None
        self._end_said = False
        self.started = False

    @property
    def ended(self) -> bool:
        """True once nothing more is printed."""
        return self._end is not None

    @property
    def is_running(self) -> bool:
        """True from its start to its end."""
        return self.started and not self.ended

    @property
    def standing(self) -> dict[str, Any]:
        """How much has been printed, as a hello says it."""
        return {"id": self.id, **{name: len(data) for name, data in self._output.items()}}

    def start(self) -> None:
        """Begin."""
        self.started = True
        self._began = time.monotonic()
        self._wait_for_next(self._began)

    def go_on(self) -> None:
        """Print what is due by now; end when all is printed, or when the time is over."""
        now = time.monotonic()
        while self.is_running and self._next < len(self._script.prints) and self._due <= now:
            piece = self._script.prints[self._next]
            self._output[piece.stream] += piece.text.encode()
            self._next += 1
            self._wait_for_next(self._due)
        if self.is_running and self._next == len(self._script.prints):
            code = self._script.exit_code
            self._finish("succeeded" if code == 0 else "failed", exit_code=code)
        elif self.is_running and now - self._began >= self._timeout:
            self._finish("timed_out", signal="SIGTERM")

    def cancel(self) -> None:
        """End it as a daemon would."""
        if not self.ended:
            self._finish("canceled", **({"signal": "SIGTERM"} if self.started else {}))

    def resume(self, wanted: dict[str, int]) -> None:
        """The server has so many bytes of each stream: it goes on from there."""
        for name in STREAMS:
            self._sent[name] = self._acknowledged[name] = int(wanted.get(name, 0))
        self._end_said = False

    def acknowledge(self, wanted: dict[str, int]) -> None:
        """The server has written down so many bytes of each stream."""
        for name in STREAMS:
            self._acknowledged[name] = max(self._acknowledged[name], int(wanted.get(name, 0)))

    def outgoing(self) -> Iterator[Message]:
        """What is to be sent now: output, and the end when all of that has been acknowledged."""
        for name, data in self._output.items():
            while self._sent[name] < len(data):
                at = self._sent[name]
                piece = data[at : at + protocol.CHUNK_MOST]
                self._sent[name] += len(piece)
                yield protocol.encode_chunk(protocol.Chunk(name, self.id, at, piece))
        whole = all(self._acknowledged[name] >= len(data) for name, data in self._output.items())
        if self._end is not None and whole and not self._end_said:
            self._end_said = True
            yield {"type": "ended", **self.standing, **self._end}

    def _wait_for_next(self, since: float) -> None:
        if self._next < len(self._script.prints):
            self._due = since + self._script.prints[self._next].pause / self._speed

    def _finish(self, state: str, **values: Any) -> None:
        passed = time.monotonic() - self._began if self.started else 0.0
        self._end = {"state": state, "ms": round(passed * 1000), **values}
