"""`GET /v1/stream`: document 1's stream of JSON, made resumable (contract I7)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, Response

from fleet import clock
from fleet.models import journal
from fleet.models.frame_types import FRAMES
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.live import Feed, feed
from fleet.web.live.feed import Reset
from fleet.web.live.frames import json_frames, special
from fleet.web.live.response import open_stream
from fleet.web.live.streams import Opening, Step, cursor
from fleet.web.security import authentication

stream = Blueprint("stream", __name__)

# What comes within this time is joined into one write (never merged).
TICK = 0.005


@dataclass(frozen=True)
class Changes:
    """Every change as JSON: document 1's, or all."""

    source: Feed
    everything: bool
    tick: float = TICK
    subjects: frozenset[str] = frozenset()

    def grown(self, subject: str) -> bytes:  # noqa: ARG002  # it is told of none
        """Nothing."""
        return b""

    def advance(self, position: journal.Position) -> Step:
        """The next changes, or `reset` where the journal cannot tell them."""
        try:
            rows = self.source.after(position)
        except Reset as reset:
            return Step(reset.position, reset_frame(reset))
        if not rows:
            return Step(position, b"")
        chunk = json_frames(rows, self.source.epoch, everything=self.everything)
        return Step(journal.Position(self.source.epoch, rows[-1].seq), chunk)


def wanted_events() -> str | None:
    """Which changes are told: those that document 1 names, or all."""
    return queries.choice("events", ("documented", "all"))


@stream.get("/stream")
@describes(status=200, query=(wanted_events,), files=("text/event-stream",), frames=FRAMES, codes=("TOO_MANY_STREAMS",))
def show() -> Response:
    """Follow the journal, from now on or from `Last-Event-ID`.

    The first frame is `connected`; its cursor is where the reader stands, so
    that one who is cut off before the first change loses nothing. A position
    that the journal cannot serve is answered with `reset`. `?events=all` adds
    what document 1 has no name for.
    """
    everything = wanted_events() == "all"
    source = feed()
    start, greeting = begin(source)
    return open_stream(Opening(Changes(source, everything), start, greeting, authentication.grant()))


def begin(source: Feed) -> tuple[journal.Position, bytes]:
    """The reader's start and its first frames."""
    head = source.position()
    asked_from = cursor()
    start = head if asked_from is None else journal.Position.parse(asked_from)
    if start is None:
        reset = Reset("unknown", head)
        return head, connected(head) + reset_frame(reset)
    return start, connected(start)


def connected(position: journal.Position) -> bytes:
    """The frame that opens a stream."""
    data = {"client_id": f"client_{secrets.token_hex(8)}", "timestamp": clock.now()}
    return special("connected", position, data)


def reset_frame(reset: Reset) -> bytes:
    """The frame that tells a reader to read everything anew."""
    return special("reset", reset.position, {"reason": reset.reason})
