"""The answer to a POST: the final one, and only when its head came whole."""

from __future__ import annotations

import http.client
from typing import Any, BinaryIO

SWITCHING = 101


class WholeLines:
    """A stream of bytes in which a line that was cut off is an error, not a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self, limit: int = -1) -> bytes:
        """The next line with its end. Raises HTTPException when the stream ends before."""
        line = self._stream.readline(limit)
        if not line.endswith(b"\n") and len(line) != limit:
            raise http.client.IncompleteRead(line)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Answer(http.client.HTTPResponse):
    """An answer as RFC 9110 (15.2) has it: those of 1xx come before it and are none.

    The standard library passes over 100 only, and takes a status line for whole that the connection's end cut off.
    """

    def begin(self) -> None:
        """Read the head. Raises HTTPException for one that is not whole."""
        self.fp: Any = WholeLines(self.fp)
        super().begin()
        while 100 <= self.status < 200 and self.status != SWITCHING:
            self.headers = self.msg = None  # type: ignore[assignment]  # begin() reads only what was not read before
            super().begin()
