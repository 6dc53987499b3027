"""The loop behind every SSE stream: what came after the cursor, then wait, then a comment every 15 s."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Response, request

from fleet.models.change import Position
from fleet.web.live.feed import Feed
from fleet.web.live.frames import BEAT

BEAT_EVERY = 15.0
STILL_ALLOWED_EVERY = 1.0
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    # nginx would hold the frames back otherwise.
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What to send now (perhaps nothing) and where the reader stands afterwards."""

    position: Position
    chunk: bytes


Advance = Callable[[Position], Step]


def respond_with_stream(
    feed: Feed, start: Position, greeting: bytes, advance: Advance, allowed: Callable[[], bool],
    tick: float = 0.0,
) -> Response:  # fmt: skip
    """An SSE response that begins with `greeting` at `start` and goes on as `advance` says.

    `allowed` is asked every second: a revoked credential ends the stream.
    `tick` joins what comes within so many seconds into one step.
    """
    body = follow(feed, start, greeting, advance, allowed, tick)
    return Response(body, headers=HEADERS, direct_passthrough=True)


def follow(
    feed: Feed, position: Position, greeting: bytes, advance: Advance, allowed: Callable[[], bool],
    tick: float,
) -> Iterator[bytes]:  # fmt: skip
    """The stream's bytes, until the reader goes, loses its right, or the server stops."""
    yield greeting
    spoke = time.monotonic()
    while not feed.closed and allowed():
        step = advance(position)
        moved, position = step.position != position, step.position
        if step.chunk:
            spoke = time.monotonic()
            yield step.chunk
        if moved:
            continue
        if time.monotonic() - spoke >= BEAT_EVERY:
            spoke = time.monotonic()
            yield BEAT
        if feed.wait(position.seq, STILL_ALLOWED_EVERY) and tick:
            time.sleep(tick)


def cursor() -> str | None:
    """Where the reader wants to go on: `Last-Event-ID`, else the query's `cursor`, else None."""
    return request.headers.get("Last-Event-ID") or request.args.get("cursor") or None
