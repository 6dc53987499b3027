"""What goes to the server, in which order: words first, then output within the window, then ends."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, Dict, Iterable, Optional, Union

from fleet import protocol
from fleet.daemon.commands.command import ENDED, Command
from fleet.daemon.commands.progress import STREAMS
from fleet.daemon.commands.results import told

Frame = Dict[str, Any]


class Sender:
    """Gives out one message at a time.

    Commands that run take turns; of those that have ended one after the other
    is sent, so that a thousand of them need the files of one. Both kinds take
    turns with each other. `heard` says that a hello was said: words before it
    are in it.
    """

    def __init__(self, say: Callable[[], None], window: int, boot: str) -> None:
        self._say = say
        self._boot = boot
        self.window = window
        self.heard = False
        self._open = False
        self._words: Deque[Frame] = deque()
        self._running: Dict[str, Command] = {}
        self._ended: Dict[str, Command] = {}
        self._ended_first = False
        self._flowing: Dict[str, Command] = {}

    def open(self) -> None:
        """The server has welcomed us."""
        self._open = True
        self._say()

    def reset(self, commands: Iterable[Command]) -> None:
        """The link is gone: what was under way is sent again, and words are said anew by the next hello."""
        self._open = self.heard = False
        for kept in (self._words, self._running, self._ended, self._flowing):
            kept.clear()
        for command in commands:
            command.end_told = False
            for flow in command.flows.values():
                flow.restart(flow.acknowledged)

    def tell(self, kind: str, command_id: str, **more: object) -> None:
        """Say a word about a command."""
        if self.heard:
            self._words.append({"type": kind, "id": command_id, **more})
            self._say()

    def poke(self, command: Command) -> None:
        """It may have something to send."""
        if self.heard:
            self._running.pop(command.id, None)
            (self._ended if command.state == ENDED else self._running)[command.id] = command
            self._say()

    def drop(self, command: Command) -> None:
        """It is forgotten."""
        for kept in (self._running, self._ended, self._flowing):
            kept.pop(command.id, None)

    def outgoing(self) -> Optional[Union[Frame, bytes]]:
        """The next message, or None while there is none, or the window is full."""
        if not self._open:
            return None
        if self._words:
            return self._words.popleft()
        self._ended_first = not self._ended_first
        if self._ended_first:
            return self._of_ended() or self._of_running()
        return self._of_running() or self._of_ended()

    def _of_running(self) -> Optional[bytes]:
        for command in list(self._running.values()):
            chunk, more = self._chunk(command)
            if not more:
                del self._running[command.id]
            if chunk is not None:
                if more:  # to the end of the row
                    self._running[command.id] = self._running.pop(command.id)
                return chunk
        return None

    def _of_ended(self) -> Optional[Union[Frame, bytes]]:
        for command in list(self._ended.values()):
            chunk, more = self._chunk(command)
            if chunk is not None:
                return chunk
            if more:  # the window is full
                return None
            del self._ended[command.id]
            command.put_away()
            if not command.end_told and not any(flow.under_way for flow in command.flows.values()):
                command.end_told = True
                return {"type": "ended", "id": command.id, **told(command.result or {}, self._boot)}
        return None

    def _chunk(self, command: Command) -> tuple[Optional[bytes], bool]:
        """The next piece of its output, if there is room for it, and whether there may be more."""
        most = min(self.window - self._under_way(), protocol.CHUNK_MOST)
        for stream in STREAMS:
            flow = command.flows[stream]
            offset, data = command.reader.read(stream, flow.sent, max(1, most))
            if data and most > 0:
                flow.send(offset, len(data))
                self._flowing[command.id] = command
                return protocol.encode_chunk(protocol.Chunk(stream, command.id, offset, data)), True
            if data:
                return None, True
        return None, False

    def _under_way(self) -> int:
        """Bytes that were sent and not acknowledged; who has none any more is no longer asked."""
        total = 0
        for command in list(self._flowing.values()):
            mine = sum(flow.under_way for flow in command.flows.values())
            total += mine
            if not mine:
                del self._flowing[command.id]
        return total
