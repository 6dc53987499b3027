"""A server that does with each connection what a test has written down, down to the byte."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

SECONDS = 10.0
# An error as a Fleet writes it, for `answer`.
OWN = b'{"error": {"code": "INVALID_TOKEN", "message": "No."}}'
WELCOME = {
    "type": "welcome",
    "session": "s1",
    "beat": 20,
    "metrics": 0,
    "limits": {},
    "want": {},
    "cancel": [],
    "forget": [],
}


class Line:
    """One connection, from the server's side; what is heard is kept in `heard`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.speaker = ServerProtocol(max_size=4 << 20)
        self.request: Request | None = None
        self.heard: list[Any] = []
        self.pings = 0
        self.answer_pings = True
        sock.settimeout(SECONDS)

    def upgrade(self) -> Request:
        """Take the upgrade."""
        while self.request is None:
            self.speaker.receive_data(self.some())
            for event in self.speaker.events_received():
                if isinstance(event, Request):
                    self.request = event
        response = self.speaker.accept(self.request)
        self.speaker.send_response(response)
        self.write()
        return self.request

    def head(self) -> bytes:
        """The request as it came, for answers that are none of WebSocket's."""
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.some()
        return head

    def some(self) -> bytes:
        piece = self.sock.recv(1 << 16)
        if not piece:
            raise EOFError
        return piece

    def write(self) -> None:
        for piece in self.speaker.data_to_send():
            if piece:
                self.sock.sendall(piece)

    def listen(self) -> Any:
        """The next message: a dict, or bytes. Raises EOFError at the end."""
        while True:
            if self.heard:
                return self.heard.pop(0)
            if self.speaker.state is not State.OPEN:
                raise EOFError
            self.speaker.receive_data(self.some())
            for event in self.speaker.events_received():
                self.take(event)
            if self.answer_pings:
                self.write()

    def take(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
            self.heard.append(json.loads(event.data))
        elif isinstance(event, Frame) and event.opcode is Opcode.BINARY:
            self.heard.append(bytes(event.data))
        elif isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings += 1

    def until(self, kind: str) -> dict[str, Any]:
        """The next frame of this type."""
        while True:
            message = self.listen()
            if isinstance(message, dict) and message["type"] == kind:
                return message

    def say(self, frame: Any) -> None:
        self.speaker.send_text(frame if isinstance(frame, bytes) else json.dumps(frame).encode())
        self.write()

    def welcome(self, **changes: Any) -> dict[str, Any]:
        """Upgrade, hear hello, say welcome; gives the hello."""
        self.upgrade()
        hello = self.until("hello")
        self.say({**WELCOME, **changes})
        return hello

    def stay(self) -> None:
        """Listen until the other side has gone."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self.listen()

    def reset(self) -> None:
        """End it by RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


Behaviour = Callable[[Line], None]


class LinkServer:
    """Gives each connection to the next of its behaviours, and the last of them to all that follow."""

    def __init__(self, *behaviours: Behaviour, tls: tuple[Path, Path] | None = None, host: str = "127.0.0.1") -> None:
        self.behaviours = list(behaviours)
        self.lines: list[Line] = []
        self.failures: list[BaseException] = []
        self.context: ssl.SSLContext | None = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://localhost:{self.port}"

    def serve(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.attend, args=(sock,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def attend(self, sock: socket.socket) -> None:
        try:
            if self.context:
                sock.settimeout(SECONDS)
                sock = self.context.wrap_socket(sock, server_side=True)
            line = Line(sock)
            behaviour = self.behaviours[min(len(self.lines), len(self.behaviours) - 1)]
            self.lines.append(line)
            behaviour(line)
        except (EOFError, OSError):
            pass  # the other side has gone
        except Exception as error:  # noqa: BLE001  # the test's own thread asserts that there was none
            self.failures.append(error)
        finally:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def close(self) -> None:
        # shutdown, since closing alone does not wake an accept that waits.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(SECONDS)
        assert self.failures == []


def answer(status: int, body: bytes = b"", headers: str = "") -> Behaviour:
    """Answers the upgrade by this status."""

    def behave(line: Line) -> None:
        line.head()
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        line.sock.sendall(head.encode() + body)

    return behave


def welcome_and_stay(line: Line) -> None:
    line.welcome()
    line.stay()
