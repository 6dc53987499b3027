"""A command's output as a stream: what is stored, then what comes, then how it ended.

`data: {"stream", "offset", "text"}`, `{"notice": "gap", "stream", "offset",
"length"}` where bytes were left out, at last `{"status", "outcome", …}`. Offsets
are bytes of the stream. `id:` is where the reader stands after a frame: bytes of
stdout and of stderr, `.end` once all is said.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Engine

from fleet.db.record import Stored
from fleet.errors import NotFound
from fleet.models import execution
from fleet.web.live.tails import TailStep

# Bytes of each stream in one step: as JSON they are six times as many at worst, which one socket may still owe.
STEP_MOST = 1 << 16
ROWS = 6
PLACE = re.compile(r"(\d{1,16})\.(\d{1,16})(\.end)?", re.ASCII)
END = ("outcome", "exit_code", "signal", "reason")


class Place(NamedTuple):
    """Up to where a reader has read: bytes of each stream, and whether it was told the end."""

    stdout: int = 0
    stderr: int = 0
    over: bool = False

    def __str__(self) -> str:
        return f"{self.stdout}.{self.stderr}{'.end' if self.over else ''}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """The place that `text` names, or None when it names none."""
        match = PLACE.fullmatch(text)
        return cls(int(match[1]), int(match[2]), match[3] is not None) if match else None


@dataclass(frozen=True, slots=True)
class OutputOf:
    """The output of a host's command, from any place on."""

    agent_id: str
    command_id: str
    engine: Engine = field(compare=False)

    @property
    def subject(self) -> str:
        """The command."""
        return self.command_id

    def advance(self, position: Hashable) -> TailStep:
        """The next output of both streams, and the end when all has been said before it."""
        place = position if isinstance(position, Place) else Place()
        frames: list[bytes] = []
        with self.engine.connect() as connection:
            try:
                row = execution.find(connection, self.agent_id, self.command_id)
            except NotFound:
                return TailStep(place, b"", ends=True)
            # The row first: of what has ended by now all output is stored.
            for stream in execution.STREAMS:
                start = min(getattr(place, stream), execution.printed(row, stream))
                found = execution.pieces(connection, row.seq, stream, start, ROWS)
                for end, data in told(row, stream, found, start):
                    place = Place(end, place.stderr) if stream == "stdout" else Place(place.stdout, end)
                    frames.append(frame(place, data))
        whole = all(getattr(place, stream) >= execution.printed(row, stream) for stream in execution.STREAMS)
        if row.ended_at is not None and whole:
            place = place._replace(over=True)
            frames.append(frame(place, end_of(row)))
        return TailStep(place, b"".join(frames), ends=place.over)


def told(
    row: Stored, stream: str, found: Sequence[execution.Piece], start: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Frames of one stream from `start` on, each with where it ends.

    A character whose last bytes have not come yet is left for later.
    """
    at, room = start, STEP_MOST
    complete = row.ended_at is not None and len(found) < ROWS  # nothing comes after these
    parts = list(segments(found))
    for number, (offset, data) in enumerate(parts, 1):
        if offset > at:
            yield offset, gap(stream, at, offset)
        whole = len(data) <= room and (number < len(parts) or complete)
        text, size = decoded(data[:room], whole=whole)
        at = offset + size
        if text:
            yield at, {"stream": stream, "offset": offset, "text": text}
        if len(data) > room:
            return
        room -= len(data)
    if complete and at < execution.printed(row, stream):
        yield execution.printed(row, stream), gap(stream, at, execution.printed(row, stream))


def decoded(data: bytes, *, whole: bool) -> tuple[str, int]:
    """Bytes as text, and how many of them that is: of what goes on, half a character at its end waits."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data, final=whole)
    return text, len(data) - len(decoder.getstate()[0])


def segments(pieces: Sequence[execution.Piece]) -> Iterator[tuple[int, bytes]]:
    """Pieces that lie side by side joined, so that no character is cut between them."""
    parts: list[bytes] = []
    offset, end = 0, -1
    for piece in pieces:
        if piece.offset != end:
            if parts:
                yield offset, b"".join(parts)
            offset, parts = piece.offset, []
        parts.append(piece.data)
        end = piece.offset + len(piece.data)
    if parts:
        yield offset, b"".join(parts)


def gap(stream: str, start: int, end: int) -> dict[str, Any]:
    """Bytes that were printed and are not kept."""
    return {"notice": "gap", "stream": stream, "offset": start, "length": end - start}


def end_of(row: Stored) -> dict[str, Any]:
    """How it ended."""
    counted = {f"{stream}_bytes": execution.printed(row, stream) for stream in execution.STREAMS}
    return {"status": row.state} | {name: getattr(row, name) for name in END} | {"duration_ms": row.ms} | counted


def frame(place: Place, data: dict[str, Any]) -> bytes:
    """One frame, and where its reader stands after it."""
    return b"id: %b\ndata: %b\n\n" % (str(place).encode(), msgspec.json.encode(data))
