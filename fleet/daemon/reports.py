"""The same conversation by requests, where something on the way lets no WebSocket through.

Each `POST /api/agents/{id}/report` carries the six figures of document 3, `take: true`, `frames` and, once there was
a welcome, the `session` that it named; its answer carries the server's frames. Binary messages travel as {"type":
"chunk", "stream", "id", "offset", "data"} with the bytes in base64. One request is under way at a time, in a thread of
its own (`aside`), each on a connection of its own.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any, Callable, Dict, List, Optional, Union

from fleet import protocol
from fleet.daemon import clock, machine
from fleet.daemon.aside import Aside
from fleet.daemon.conversation import BEAT_LEAST, BEAT_MOST, Conversation, Message
from fleet.daemon.errors import Broken
from fleet.daemon.link import Ended
from fleet.daemon.loop import Loop
from fleet.daemon.metrics import Metrics

# Bytes of one report; seconds between the beginnings of two while there is something to say.
REPORT_MOST = 1 << 19
SPACING = 1.0
# Seconds after which an answer that still comes in by drops is waited for no longer.
PATIENCE = 90.0
# What the six figures and the brackets need.
ENVELOPE = 4096

Post = Callable[[bytes], bytes]


class Reports:
    """Says hello by a report and goes on until one fails; `ended` is called once, with why.

    `post` sends a report and gives its answer; it may block. Raises Refused, Broken, Unreachable.
    """

    def __init__(
        self,
        loop: Loop,
        post: Post,
        conversation: Conversation,
        metrics: Metrics,
        ended: Callable[[Ended, Optional[Exception]], None],
    ) -> None:
        self._loop = loop
        self._post = post
        self._conversation = conversation
        self._metrics = metrics
        self._ended: Optional[Callable[[Ended, Optional[Exception]], None]] = ended
        self._began = clock.awake_or_asleep()
        self._last = -SPACING
        self._under_way: Optional[Aside[bytes]] = None
        self._held: Optional[Dict[str, Any]] = None
        self._something = False
        self._timer = loop.later(0.0, self._report)
        conversation.wake = self.wake

    def wake(self) -> None:
        """There is something to say: the next report goes out soon, not only at the next beat."""
        self._something = True
        if self._under_way is None:
            self._at(self._last + SPACING)

    def close(self, why: str, error: Optional[Exception] = None) -> None:
        """End it; what was under way counts as lost, and is said again by whatever follows."""
        if self._ended is None:
            return
        ended, self._ended = self._ended, None
        self._timer.cancel()
        if self._under_way is not None:
            self._under_way.abandon()
        self._conversation.end()
        lived = clock.awake_or_asleep() - self._began
        ended(Ended(why, self._conversation.bye, lived, self._conversation.welcomed), error)

    def _at(self, moment: float) -> None:
        self._timer.cancel()
        self._timer = self._loop.later(max(0.0, moment - time.monotonic()), self._report)

    def _report(self) -> None:
        if self._under_way is not None or self._ended is None:
            return
        self._last, self._something = time.monotonic(), False
        # Named, so that a server takes nothing from a copy of this disk that goes on in the middle of our talk.
        session = {"session": self._conversation.session} if self._conversation.session else {}
        body = json.dumps({**self._figures(), **session, "take": True, "frames": self._frames()}).encode()
        self._under_way = Aside(self._loop, lambda: self._post(body), self._answered)
        self._timer.cancel()
        self._timer = self._loop.later(PATIENCE, lambda: self._answered(Broken("no answer to a report")))

    def _figures(self) -> Dict[str, Any]:
        return {"hostname": machine.hostname(), "os": machine.os_name(), **self._metrics.brief()}

    def _frames(self) -> List[Dict[str, Any]]:
        """As many frames as one report holds; hello alone before the server has said welcome."""
        if not self._conversation.welcomed:
            return [self._conversation.hello()]
        frames: List[Dict[str, Any]] = []
        room = REPORT_MOST - ENVELOPE
        while True:
            frame, self._held = self._held, None
            if frame is None:
                message = self._conversation.next()
                if message is None:
                    return frames
                frame = in_json(message)
            room -= len(json.dumps(frame)) + 2
            if room < 0 and frames:
                self._held, self._something = frame, True
                return frames
            frames.append(frame)

    def _answered(self, outcome: Union[bytes, Exception]) -> None:
        if self._under_way is not None:
            self._under_way.abandon()
            self._under_way = None
        if isinstance(outcome, Exception):
            self.close(str(outcome), outcome)
            return
        try:
            beat = self._take(outcome)
        except Broken as error:
            self.close(str(error), error)
            return
        if self._ended is not None:
            self._at(self._last + (SPACING if self._something else max(beat, SPACING)))

    def _take(self, answer: bytes) -> float:
        """The seconds until the next report. Raises Broken."""
        try:
            said = json.loads(answer)
            frames, beat = said.get("frames", []), said.get("beat", protocol.BEAT)
            assert isinstance(frames, list)
            assert isinstance(beat, (int, float))
        except (ValueError, AttributeError, RecursionError, AssertionError) as error:
            raise Broken("the answer to a report is not as it should be") from error
        for frame in frames:
            self._conversation.take_frame(frame)
        if self._conversation.bye is not None:
            raise Broken("the server said bye")
        if not self._conversation.welcomed:
            raise Broken("the server takes reports, and no commands by them")
        return min(max(float(beat), BEAT_LEAST), BEAT_MOST)


def in_json(message: Message) -> Dict[str, Any]:
    """A message as a report carries it."""
    if not isinstance(message, bytes):
        return message
    chunk = protocol.decode_chunk(message)
    data = base64.b64encode(chunk.data).decode("ascii")
    return {"type": "chunk", "stream": chunk.stream, "id": chunk.id, "offset": chunk.offset, "data": data}
