"""Reading a stream of a host's, frame by frame."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.support.event_stream import Reader


class TailFrame(NamedTuple):
    """A frame's id, and its data."""

    id: str
    data: dict[str, Any]


class TailReader(Reader):
    """One open stream of output or metrics; `data:` lines only."""

    def tail(self) -> TailFrame | None:
        """The next frame with data, None once the stream has ended."""
        while (lines := self.block()) is not None:
            fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
            if "data" in fields:
                assert "event" not in fields, "an event line keeps onmessage from firing"
                return TailFrame(fields.get("id", ""), json.loads(fields["data"]))
        return None

    def data(self) -> dict[str, Any]:
        """The next frame's data; fails when the stream has ended."""
        frame = self.tail()
        assert frame is not None, "the stream has ended"
        return frame.data

    def rest(self) -> list[TailFrame]:
        """Everything until the server ends the stream."""
        frames = []
        while (frame := self.tail()) is not None:
            frames.append(frame)
        return frames


def text_of(frames: list[TailFrame], stream: str = "stdout") -> str:
    """What was printed on a stream."""
    return "".join(
        frame.data["text"] for frame in frames if frame.data.get("stream") == stream and "text" in frame.data
    )
