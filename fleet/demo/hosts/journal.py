"""A log that grows by itself, and those who follow it: as much as they have given credit for, and no more."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from fleet import protocol
from fleet.demo.hosts.machines import Machine

KEPT = 400  # lines
BETWEEN = 2.5  # real seconds from one line to the next, about
PRIORITIES = {"emerg": 0, "alert": 1, "crit": 2, "err": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}
# What a unit says, and how serious that is; the last ones come seldom.
SENTENCES = (
    ('10.8.0.{n} "GET /health HTTP/1.1" 200 15', 6),
    ('10.8.0.{n} "GET /orders?page={n} HTTP/1.1" 200 4{n}1', 6),
    ('10.8.0.{n} "POST /orders HTTP/1.1" 201 88', 6),
    ("job {n} done in {n}.2 ms", 6),
    ("reloaded its configuration", 5),
    ("slow: 1{n}40 ms for one request", 4),
    ("upstream timed out while reading a response, tried again", 3),
)
WEIGHTS = (30, 24, 10, 20, 3, 5, 1)
PATHS = ("/var/log/syslog", "/var/log/messages")


class Line(NamedTuple):
    """One line; `at` in seconds since 1970."""

    number: int
    at: float
    unit: str
    priority: int
    text: str


class Journal:
    """The last lines of one machine."""

    def __init__(self, machine: Machine, random: Random) -> None:
        self._units, self._random = machine.units, random
        self._count = 0
        self.lines: deque[Line] = deque(maxlen=KEPT)
        now = time.time()
        for place in range(KEPT // 2):
            self._add(now - (KEPT // 2 - place) * BETWEEN)
        self._next = time.monotonic()

    def grow(self) -> None:
        """Add the lines that are due by now."""
        while time.monotonic() >= self._next:
            self._add(time.time())
            self._next += self._random.uniform(0.2, 1.8) * BETWEEN

    def _add(self, at: float) -> None:
        self._count += 1
        unit = self._random.choice(self._units)
        [(sentence, priority)] = self._random.choices(SENTENCES, WEIGHTS)
        words = sentence.replace("{n}", str(self._random.randrange(2, 60)))
        self.lines.append(Line(self._count, at, unit, priority, f"{unit}[{800 + len(unit)}]: {words}"))


# No line of a demo host has so many bytes.
LONGEST = 1000


class Follow:
    """One who follows. Raises LookupError for a log that is not there."""

    def __init__(self, frame: dict[str, Any], journal: Journal) -> None:
        self._id, self._journal = str(frame["id"]), journal
        self._credit, self._offset, self._greeted = int(frame["credit"]), 0, False
        if frame.get("source") == "file" and frame.get("path") not in PATHS:
            raise LookupError(f"A demo host has the journal, {' and '.join(PATHS)}, and no other log.")
        self._unit = str(frame.get("unit") or "").removesuffix(".service")
        level = str(frame.get("priority") or 7)
        self._level = int(level) if level.isdigit() else PRIORITIES[level]
        wanted = [line for line in journal.lines if self._wants(line)]
        lines = int(frame.get("lines", 200))
        cursor = str(frame.get("cursor") or "")
        before = wanted[: max(0, len(wanted) - lines)] if lines else wanted
        self._last = int(cursor) if cursor.isdigit() else (before[-1].number if before else 0)
        # Who does not want to follow is told what is there now, and then that this was all.
        self._upto = (journal.lines[-1].number if journal.lines else 0) if frame.get("once") is True else None
        self._is_over = False

    def grant(self, size: int) -> None:
        """So many bytes more may be sent."""
        self._credit += size

    def outgoing(self) -> Iterator[bytes]:
        """The lines that are due, as far as the credit goes; the first chunk is empty and says that the log is open."""
        if not self._greeted:
            self._greeted = True
            yield self._chunk(b"")
            yield self._told({"mark": "begin", "cursor": str(self._last)})
        if self._is_over:
            return
        for line in list(self._journal.lines):
            if not self._is_due(line):
                continue
            if self._credit < LONGEST:
                return
            self._last = line.number
            yield self._told({"line": line.text, "at": line.at, "cursor": str(line.number)})
        if self._upto is not None:
            self._is_over = True
            yield self._told({"mark": "end", "cursor": ""})

    def _is_due(self, line: Line) -> bool:
        return line.number > self._last and (self._upto is None or line.number <= self._upto) and self._wants(line)

    def _told(self, record: dict[str, Any]) -> bytes:
        data = json.dumps(record).encode() + b"\n"
        self._credit -= len(data)
        return self._chunk(data)

    def _wants(self, line: Line) -> bool:
        return line.priority <= self._level and (not self._unit or line.unit == self._unit)

    def _chunk(self, data: bytes) -> bytes:
        at, self._offset = self._offset, self._offset + len(data)
        return protocol.encode_chunk(protocol.Chunk("lines", self._id, at, data))
