"""One log that the server follows: read as long as there is credit, and not a byte further."""

from __future__ import annotations

from typing import Any, Dict, Optional, Protocol

from fleet import protocol
from fleet.daemon.logs import records
from fleet.daemon.logs.file import FileSource
from fleet.daemon.logs.journal import JournalSource
from fleet.daemon.roots import PathRefused, Roots

LINES, LINES_MOST = 200, 10_000
CURSOR_LONGEST = 500


class Source(Protocol):
    """What is followed. `is_at_end` once it has told all of what is not to be followed."""

    is_at_end: bool

    def poll(self) -> None:
        """Look whether it is still what it was; every fraction of a second. Raises PathRefused."""

    def read(self) -> Optional[bytes]:
        """Some lines; b"" when to ask again at once, None when there are none now. Raises PathRefused."""

    def close(self) -> None:
        """No more."""


class Follow:
    """What was read and is not sent yet is held here: at most a block's lines and a chunk."""

    def __init__(self, follow_id: str, source: Source, credit: int) -> None:
        self.id = follow_id
        self.source = source
        self._credit = credit
        self._ready = bytearray()
        self._sent = 0
        self._greeted = False
        self._ended = False
        # True when there is more to do at once, although nothing was given.
        self.is_busy = False

    @property
    def is_hungry(self) -> bool:
        """True while more may be read."""
        return self._credit > 0

    @property
    def is_over(self) -> bool:
        """True once everything was given, of what is not to be followed."""
        return self._ended and not self._ready

    def grant(self, size: int) -> None:
        """The server takes so many bytes more."""
        self._credit += size

    def next(self) -> Optional[bytes]:
        """The next chunk; the first one is empty, and says that the log is open. Raises PathRefused."""
        if not self._greeted:
            self._greeted = True
            return self._chunk(0)
        self._fill()
        size = min(len(self._ready), self._credit, protocol.CHUNK_MOST)
        if not size:
            return None
        self._credit -= size
        return self._chunk(size)

    def _fill(self) -> None:
        self.is_busy = False
        while len(self._ready) < min(self._credit, protocol.CHUNK_MOST) and not self._ended:
            read = self.source.read()
            self._ready += read or b""
            if self.source.is_at_end:
                self._ended = True
                self._ready += records.mark("end", "")
            elif not read:
                self.is_busy = read is not None
                return

    def _chunk(self, size: int) -> bytes:
        data = bytes(self._ready[:size])
        del self._ready[:size]
        offset, self._sent = self._sent, self._sent + size
        return protocol.encode_chunk(protocol.Chunk("lines", self.id, offset, data))


def opened(frame: Dict[str, Any], roots: Roots) -> Source:
    """The source that a frame names. Raises PathRefused."""
    lines = _lines(frame.get("lines", LINES))
    cursor, once = _text(frame, "cursor", CURSOR_LONGEST) or None, frame.get("once") is True
    source = frame.get("source")
    if source == "journald":
        return JournalSource(_text(frame, "unit", 255), _text(frame, "priority", 20), lines, cursor, once)
    path = _text(frame, "path", 4096)
    if source == "file" and path is not None:
        return FileSource(roots, path, lines, cursor, once)
    raise PathRefused("BAD_SOURCE", "A log is the journal (journald) or a file with its path.")


def _lines(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LINES_MOST:
        raise PathRefused("BAD_SOURCE", f"Lines are a number from 0 to {LINES_MOST}.")
    return value


def _text(frame: Dict[str, Any], name: str, longest: int) -> Optional[str]:
    value = frame.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise PathRefused("BAD_SOURCE", f"That is no good {name}.")
    return value
