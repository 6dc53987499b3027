"""One daemon's connection: frames in and out of a socket that never waits."""

from __future__ import annotations

import os
import socket
import ssl
import time
from typing import Any, cast

from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, SERVER, Protocol

from fleet import protocol

# A daemon that takes nothing while so many bytes wait for it is dropped; it comes back and nothing is lost.
REMAINDER_MOST = 4 << 20
READ = 1 << 16
Message = str | bytes


class Link:
    """A connection and whose it is; `talk` is the conversation that `fleet.web.link` has over it."""

    __slots__ = (
        "agent_id",
        "beat",
        "closing",
        "encrypted",
        "fd",
        "fragments",
        "heard",
        "opened",
        "paused",
        "pending",
        "pongs",
        "protocol",
        "remainder",
        "sock",
        "talk",
        "token_id",
    )

    def __init__(self, agent_id: str, token_id: str) -> None:
        self.agent_id = agent_id
        self.token_id = token_id
        self.beat = protocol.BEAT  # as its daemon was told
        self.fd = -1
        self.sock: socket.socket | None = None
        self.encrypted = False
        self.protocol = Protocol(SERVER, state=OPEN, max_size=protocol.MESSAGE_MOST)
        self.fragments: list[bytes] = []
        self.remainder = bytearray()
        self.heard = self.opened = time.monotonic()
        self.pongs = 0
        self.pending = 0  # bytes that were read and are not dealt with yet
        self.paused = False
        self.closing = False
        self.talk: Any = None

    def take(self, sock: socket.socket) -> None:
        """Own the connection from now on; a plain socket's descriptor is another one, its first owner may close it."""
        self.encrypted = isinstance(sock, ssl.SSLSocket)
        if self.encrypted:
            self.sock = sock
        else:
            self.sock = socket.socket(fileno=os.dup(sock.fileno()))
        self.sock.setblocking(False)
        self.fd = self.sock.fileno()

    def read(self) -> list[Message] | None:
        """The messages that have come; None once the connection is over. Raises ProtocolError for what is no message."""
        messages: list[Message] = []
        while True:
            data = self._receive()
            if data is None:
                return messages
            if not data:
                return None
            self.heard = time.monotonic()
            self.protocol.receive_data(data)
            if self.protocol.parser_exc is not None:
                raise self.protocol.parser_exc
            if not self._take_frames(messages):
                return None
            if not self.encrypted or self.pending > protocol.MESSAGE_MOST:
                return messages  # a plain socket is told of again; an encrypted one may hold more already

    def _receive(self) -> bytes | None:
        """Some bytes; b"" at the end; None when there are none now."""
        assert self.sock is not None
        try:
            return self.sock.recv(READ)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError:
            return b""

    def _take_frames(self, messages: list[Message]) -> bool:
        """Join frames to messages; False when the other side has closed."""
        for frame in cast(list[Frame], self.protocol.events_received()):
            opcode = frame.opcode
            if opcode is Opcode.PONG:
                self.pongs += 1
            elif opcode is Opcode.CLOSE:
                return False
            elif opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._join(frame, messages)
        return True

    def _join(self, frame: Any, messages: list[Message]) -> None:
        if opcode_begins(frame) and frame.fin:
            messages.append(self._whole(frame.opcode, bytes(frame.data)))
            return
        if opcode_begins(frame):
            self.fragments = [b"t" if frame.opcode is Opcode.TEXT else b"b"]
        self.fragments.append(bytes(frame.data))
        if sum(map(len, self.fragments)) > protocol.MESSAGE_MOST:
            raise ProtocolError("a message of too many fragments")
        if frame.fin:
            kind, *parts = self.fragments
            self.fragments = []
            messages.append(self._whole(Opcode.TEXT if kind == b"t" else Opcode.BINARY, b"".join(parts)))

    def _whole(self, opcode: Opcode, data: bytes) -> Message:
        self.pending += len(data)
        if opcode is not Opcode.TEXT:
            return data
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise ProtocolError("a text that is not UTF-8") from error

    def send(self, message: Message) -> bool:
        """Put a message on its way; False when the connection is over, or the other side takes too little."""
        if self.protocol.state is not OPEN:
            return self.flush()
        if isinstance(message, bytes):
            self.protocol.send_binary(message)
        else:
            self.protocol.send_text(message.encode())
        return self.flush()

    def ping(self) -> bool:
        """Ask for a sign of life."""
        if self.protocol.state is OPEN:
            self.protocol.send_ping(b"")
        return self.flush()

    def close(self, code: int, reason: str) -> bool:
        """Say goodbye, unless the protocol has done so when it failed."""
        self.closing = True
        if self.protocol.state is OPEN:
            self.protocol.send_close(code, reason[:100])
        return self.flush()

    def flush(self) -> bool:
        """Write what waits, as far as the socket takes it now; False when that is too much, or the socket is gone."""
        for data in self.protocol.data_to_send():
            self.remainder += data
        assert self.sock is not None
        try:
            while self.remainder:
                sent = self.sock.send(self.remainder[:READ] if self.encrypted else self.remainder)
                del self.remainder[:sent]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            return False
        return len(self.remainder) <= REMAINDER_MOST

    def end(self) -> None:
        """Let go of the connection."""
        sock, self.sock = self.sock, None
        self.fd = -1
        if sock is not None:
            sock.close()


def opcode_begins(frame: Any) -> bool:
    """True for a message's first frame."""
    return frame.opcode is not Opcode.CONT
