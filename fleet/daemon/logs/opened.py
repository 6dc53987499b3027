"""One open log file, read on from where it was left; what happens to its name is nothing to it."""

from __future__ import annotations

import os
import re
import zlib
from typing import Iterator, List, NamedTuple, Optional

from fleet.daemon.logs.records import KEPT_MOST, Line

BLOCK = 1 << 15
# The last bytes before a place tell whether the file is still the same there.
TAIL = 64
# Bytes looked through for line ends before others have their turn.
LOOK = 1 << 20
_PLACE = re.compile(r"f\.([0-9a-f]{1,16})\.([0-9a-f]{1,16})\.([0-9]{1,18})\.([0-9a-f]{1,8})", re.ASCII)


class Place(NamedTuple):
    """A place in a file: which file, up to which byte, and a hash of the bytes before it."""

    device: int
    inode: int
    offset: int
    check: int

    def __str__(self) -> str:
        return f"f.{self.device:x}.{self.inode:x}.{self.offset}.{self.check:x}"

    @classmethod
    def parse(cls, text: str) -> Optional[Place]:
        """The place that a text names, or None."""
        match = _PLACE.fullmatch(text)
        return cls(int(match[1], 16), int(match[2], 16), int(match[3]), int(match[4], 16)) if match else None


class Truncated(Exception):
    """The file was emptied, or written anew: what was read of it is not in it any more."""


class Opened:
    """A descriptor of its own, and what was read by it: `read` gives whole lines, once each."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        status = os.fstat(fd)
        self.device, self.inode, self.changed = status.st_dev, status.st_ino, status.st_mtime_ns
        self._name = f"f.{self.device:x}.{self.inode:x}"  # as a place's text begins
        self.at = 0
        # What lies behind this byte is not read; None where everything is.
        self.upto: Optional[int] = None
        # A copy of what a file was before it was emptied: nobody writes to it.
        self.is_copy = False
        self._tail = b""
        self._held = bytearray()
        self._lost = 0

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)

    def place(self) -> Place:
        """Behind everything that was read."""
        return Place(self.device, self.inode, self.at, zlib.crc32(self._tail))

    def is_same_file(self, other: Place) -> bool:
        """By what the system calls it; whether its content is the same `holds` tells."""
        return (self.device, self.inode) == (other.device, other.inode)

    def holds(self, place: Place) -> bool:
        """True when the bytes before a place are what they were when it was noted."""
        tail = os.pread(self.fd, min(TAIL, place.offset), max(0, place.offset - TAIL))
        return len(tail) == min(TAIL, place.offset) and zlib.crc32(tail) == place.check

    def go_to(self, offset: int) -> bytes:
        """Read on from there; gives some of what lies before it, which a masker has to know."""
        before = os.pread(self.fd, min(BLOCK, offset), max(0, offset - BLOCK))
        self.at, self._tail = offset, before[-TAIL:]
        self._held.clear()
        self._lost = 0
        return before

    def take_over(self, other: Opened) -> None:
        """Stand where another one stands: this file is a copy of what that was."""
        self.at, self._tail = other.at, other._tail
        self._held, self._lost = bytearray(other._held), other._lost
        self.is_copy = True

    def read(self) -> Optional[List[Line]]:
        """The next whole lines, none of them when only a part of one has come; None at the end. Raises Truncated."""
        known = len(self._tail)
        more = BLOCK if self.upto is None else max(0, min(BLOCK, self.upto - self.at))
        seen = os.pread(self.fd, known + more, self.at - known)
        if not seen.startswith(self._tail):
            raise Truncated
        if len(seen) == known:
            return None
        lines: List[Line] = []
        end, origin = known, self.at - known
        *pieces, rest = seen[known:].split(b"\n")
        for piece in pieces:
            end += len(piece) + 1
            lines.append(self._line(piece, seen, end, origin))
        self._hold(rest)
        self.at += len(seen) - known
        self._tail = seen[-TAIL:]
        return lines

    def rest(self) -> Optional[Line]:
        """A line that will not be ended any more."""
        if not self._held:
            return None
        line = Line(bytes(self._held), self._lost, str(self.place()))
        self._held.clear()
        self._lost = 0
        return line

    def _line(self, piece: bytes, seen: bytes, end: int, origin: int) -> Line:
        if self._held:
            self._hold(piece)
            piece = bytes(self._held)
            self._held.clear()
        lost, self._lost = self._lost, 0
        check = zlib.crc32(seen[end - TAIL if end > TAIL else 0 : end])
        return Line(piece, lost, f"{self._name}.{origin + end}.{check:x}")

    def _hold(self, piece: bytes) -> None:
        self._held += piece
        if len(self._held) > KEPT_MOST:
            self._lost += len(self._held) - KEPT_MOST
            del self._held[KEPT_MOST:]


def start_of_last(fd: int, size: int, lines: int, unfinished_too: bool = False) -> Iterator[Optional[int]]:
    """Where the last so many whole lines begin, in the end; None after each so many bytes that were looked through.

    `unfinished_too` counts a last line that has no end yet as one of them.
    """
    wanted, upto, looked = lines + 1, size, 0
    if unfinished_too and size and os.pread(fd, 1, size - 1) != b"\n":
        if not lines:
            yield size
            return
        wanted -= 1
    while upto > 0:
        start = max(0, upto - BLOCK)
        block = os.pread(fd, upto - start, start)
        found = block.count(b"\n")
        if found >= wanted:
            at = len(block)
            for _ in range(wanted):
                at = block.rfind(b"\n", 0, at)
            yield start + at + 1
            return
        wanted, upto, looked = wanted - found, start, looked + len(block)
        if looked >= LOOK:
            looked = 0
            yield None
    yield 0
