"""What comes by a WebSocket: frames joined to messages, and everything that is none refused."""

from __future__ import annotations

from typing import List

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from fleet.daemon.conversation import Conversation
from fleet.daemon.errors import Broken


class Incoming:
    """Hands each whole message to the conversation."""

    def __init__(self, speaker: ClientProtocol, conversation: Conversation) -> None:
        self._speaker = speaker
        self._conversation = conversation
        self._parts: List[bytes] = []
        self._text = False

    def take(self) -> None:
        """Everything that has come by now. Raises Broken once there can be no more, with why."""
        for event in self._speaker.events_received():
            if isinstance(event, Frame):
                self._take_frame(event)
        if self._conversation.bye is not None:
            raise Broken("the server said bye")
        wrong = self._speaker.parser_exc
        if wrong is not None and not isinstance(wrong, EOFError):
            raise Broken(f"the server breaks the rules of WebSocket: {wrong}")
        if self._speaker.state is not State.OPEN:
            close = self._speaker.close_rcvd
            said = f" with {close.code} {close.reason}".rstrip() if close else ""
            raise Broken(f"the server closed the link{said}")

    def _take_frame(self, frame: Frame) -> None:
        """Join what comes in fragments, until the last one (`fin`); their sum is held to its limit by websockets."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        message = b"".join(self._parts)
        self._parts.clear()
        if not self._text:
            raise Broken("the server sends bytes that nobody asked for")
        self._conversation.take(message)
