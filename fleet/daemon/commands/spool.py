"""The output of one command on disk: the first and the last part of each stream, and what there was in between.

`stdout` and `stderr` hold the first `head` bytes of their stream. `stdout.tail`
and `stderr.tail` are rings of `tail` bytes: the byte at offset o, if it is past
the head, lies at o % tail. `progress` is memory shared by the runner, which
writes, and the daemon, which reads meanwhile; it outlives both.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Optional, Tuple

from fleet.daemon.commands import disk
from fleet.daemon.commands.progress import HEAD, STREAMS, TAIL, Progress, Range, gaps


class Writer:
    """The runner's side. Files come into being with their first byte; a full disk loses bytes and raises nothing."""

    def __init__(self, folder: Path, head: int, tail: int) -> None:
        self._folder = folder
        self.progress = Progress(folder)
        self.progress.numbers[HEAD], self.progress.numbers[TAIL] = head, tail
        self._head, self._tail = head, tail
        self._files: dict[str, int] = {}

    def write(self, stream: str, data: bytes) -> None:
        """Append to a stream."""
        rest = memoryview(data)
        while rest:
            offset = self.progress.total(stream)
            if offset < self._head:
                name, at, room = stream, offset, self._head - offset
            else:
                name, at, room = stream + ".tail", offset % self._tail, self._tail - offset % self._tail
            part, rest = rest[:room], rest[room:]
            self.progress.claim(stream, offset + len(part))
            done = self._put(name, part, at)
            if done < len(part):
                self.progress.lose(stream, offset + done, offset + len(part))
            self.progress.advance(stream, offset + len(part))

    def _put(self, name: str, data: memoryview, at: int) -> int:
        """How many bytes found room."""
        done = 0
        with contextlib.suppress(OSError):
            if name not in self._files:
                self._files[name] = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
            while done < len(data):
                done += os.pwrite(self._files[name], data[done:], at + done)
        return done

    def sync(self) -> None:
        """Return once all of it is on the disk. Raises OSError."""
        for fd in self._files.values():
            disk.sync(fd)
        if self._files:
            self.progress.flush()


class Reader:
    """The daemon's side: reads by offset, also while the runner writes. Without a spool everything is empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self.progress: Optional[Progress] = None
        with contextlib.suppress(OSError, ValueError):
            self.progress = Progress(folder)

    def totals(self) -> dict[str, int]:
        """Bytes of each stream so far."""
        return {stream: self.progress.total(stream) if self.progress else 0 for stream in STREAMS}

    def read(self, stream: str, offset: int, most: int) -> Tuple[int, bytes]:
        """The next bytes that are kept at or after `offset`: where they lie, and at most `most` of them; none: b""."""
        progress = self.progress
        while progress is not None:
            offset, end = self._next(progress, stream, offset)
            if offset >= end:
                break
            data = self._get(stream, offset, min(end - offset, most))
            if not data:  # the file is shorter than it was said to be: the machine went down
                offset = end
            elif self._whole(progress, stream, offset):
                return offset, data
        return offset, b""

    def _next(self, progress: Progress, stream: str, offset: int) -> Range:
        """From where to where the next kept bytes lie in one piece of one file."""
        end, head = progress.total(stream), progress.numbers[HEAD]
        for start, stop in gaps(progress, stream):
            if start <= offset < stop:
                offset = stop
            elif offset < start:
                end = min(end, start)
                break
        if offset < head:
            return offset, min(end, head)
        tail = progress.numbers[TAIL] or 1
        return offset, min(end, offset + tail - offset % tail)

    def _get(self, stream: str, offset: int, size: int) -> bytes:
        progress = self.progress
        if progress is None:
            return b""
        past_head = offset >= progress.numbers[HEAD]
        name, at = (stream + ".tail", offset % progress.numbers[TAIL]) if past_head else (stream, offset)
        try:
            if name not in self._files:
                self._files[name] = os.open(self._folder / name, os.O_RDONLY)
            return os.pread(self._files[name], size, at)
        except OSError:
            return b""

    def _whole(self, progress: Progress, stream: str, offset: int) -> bool:
        """Nothing was written over while it was read; the writer says before it writes how far it will go."""
        past_head = offset >= progress.numbers[HEAD]
        return not past_head or progress.claimed(stream) - progress.numbers[TAIL] <= offset

    def close(self) -> None:
        """Give files and memory back."""
        for fd in self._files.values():
            os.close(fd)
        self._files.clear()
        if self.progress is not None:
            self.progress.close()
            self.progress = None
