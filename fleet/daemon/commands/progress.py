"""The numbers of a command's output that its runner writes and the daemon reads: memory of both, in a file."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import List, Tuple

from fleet.daemon.commands import disk

STREAMS = ("stdout", "stderr")
# `progress`: numbers of eight bytes each, in the machine's own order, written in one piece.
SIZE = 4096
HEAD, TAIL, STARTED, FINISHED, PID, BIRTH, MASKED = range(7)
# From here each stream has its total, the end of what is being written, and the ranges that no room was found for.
_STREAM = {"stdout": 16, "stderr": 264}
TOTAL, CLAIMED, LOST, RANGES = range(4)
_RANGES_MOST = 120
Range = Tuple[int, int]


def prepare(folder: Path) -> None:
    """Have the room for `progress`, without touching what is in it. Raises OSError."""
    fd = os.open(folder / "progress", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        disk.allocate(fd, SIZE)
    finally:
        os.close(fd)


class Progress:
    """The numbers that runner and daemon share. Raises OSError or ValueError where the file is not there, or too short."""

    def __init__(self, folder: Path) -> None:
        with (folder / "progress").open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        self.numbers = memoryview(self._map).cast("Q")

    @property
    def masked(self) -> int:
        """How many secrets were replaced."""
        return self.numbers[MASKED]

    def total(self, stream: str) -> int:
        """Bytes that the command has written into the stream, and that were given out by the masking."""
        return self.numbers[_STREAM[stream] + TOTAL]

    def claimed(self, stream: str) -> int:
        """Where the write that is under way will end."""
        return self.numbers[_STREAM[stream] + CLAIMED]

    def claim(self, stream: str, end: int) -> None:
        """Say where the write that now comes will end."""
        self.numbers[_STREAM[stream] + CLAIMED] = end

    def advance(self, stream: str, end: int) -> None:
        """Say that all before `end` is written, or lost."""
        self.numbers[_STREAM[stream] + TOTAL] = end

    def lost(self, stream: str) -> List[Range]:
        """From where to where nothing could be written, in order."""
        base = _STREAM[stream]
        pairs = range(base + RANGES, base + RANGES + 2 * self.numbers[base + LOST], 2)
        return [(self.numbers[at], self.numbers[at + 1]) for at in pairs]

    def lose(self, stream: str, start: int, end: int) -> None:
        """There was no room for this range. With too many of them the last one takes in what lies between."""
        base = _STREAM[stream]
        count = self.numbers[base + LOST]
        last = base + RANGES + 2 * (count - 1)
        if count and (self.numbers[last + 1] == start or count == _RANGES_MOST):
            self.numbers[last + 1] = end
            return
        self.numbers[last + 2], self.numbers[last + 3] = start, end
        self.numbers[base + LOST] = count + 1

    def flush(self) -> None:
        """Return once the numbers are on the disk. Raises OSError."""
        self._map.flush()

    def close(self) -> None:
        """Give the memory back."""
        self.numbers.release()
        self._map.close()


def gaps(progress: Progress, stream: str) -> List[Range]:
    """Where bytes of the stream are not kept: what found no room, and what the ring has written over; in order."""
    head, tail = progress.numbers[HEAD], progress.numbers[TAIL]
    total, past = progress.total(stream), progress.claimed(stream) - tail
    ranges = [(start, min(end, total)) for start, end in progress.lost(stream)]
    if past > head:
        ranges.append((head, min(past, total)))
    joined: List[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return joined


def dropped(progress: Progress) -> int:
    """How many bytes of both streams are not kept."""
    return sum(end - start for stream in STREAMS for start, end in gaps(progress, stream))
