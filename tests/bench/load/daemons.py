"""Many daemons in one process, which run nothing: they say hello, take commands, and note when they came."""

from __future__ import annotations

import base64
import json
import select
import socket
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from fleet import protocol

NONCE = base64.b64encode(bytes(16)).decode()
MASK = bytes(4)  # a mask of zeros changes nothing, and is a mask all the same (RFC 6455, 5.3)
HELLO = {
    "type": "hello",
    "protocol": protocol.VERSION,
    "version": "bench",
    "boot_id": "bench",
    "capabilities": ["commands"],
}


class Host(NamedTuple):
    """An enrolled one."""

    id: str
    key: str


class Link:
    """One connection, and what has come of the message that is under way."""

    __slots__ = ("data", "host", "session", "sock", "upgraded", "welcomed")

    def __init__(self, host: Host, sock: socket.socket) -> None:
        self.host, self.sock = host, sock
        self.data = b""
        self.upgraded = self.welcomed = False
        self.session: str | None = None


class Daemons:
    """Links of many hosts; `heard` is called with each command's id and its moment."""

    def __init__(self, port: int, heard: Callable[[str, float], None]) -> None:
        self._port = port
        self._heard = heard
        self._epoll = select.epoll()
        self.links: dict[int, Link] = {}
        self.sessions: dict[str, str] = {}

    def connect(self, hosts: Sequence[Host], patience: float = 120.0) -> float:
        """Link them, a hundred at a time; returns the seconds until all are welcomed."""
        began = time.monotonic()
        for start in range(0, len(hosts), 100):
            for host in hosts[start : start + 100]:
                self._open(host)
            while any(not link.welcomed for link in self.links.values()):
                assert time.monotonic() < began + patience, "they were not all welcomed"
                self.turn(1.0)
        return time.monotonic() - began

    def turn(self, seconds: float) -> None:
        """Take what has come, waiting for it that long at most."""
        for fd, _ in self._epoll.poll(seconds):
            link = self.links[fd]
            data = link.sock.recv(1 << 16)
            if not data:
                raise ConnectionError(f"the server has closed the link of {link.host.id}")
            self._take(link, data)

    def beat(self) -> None:
        """Each says that it lives, with four figures."""
        text = json.dumps({"type": "beat", "metrics": {"cpu_percent": 12.5, "mem_percent": 40.0, "disk_percent": 61.0}})
        frame = framed(text.encode())
        for link in self.links.values():
            link.sock.sendall(frame)

    def close(self) -> None:
        """End every link."""
        for fd, link in self.links.items():
            self._epoll.unregister(fd)
            link.sock.close()
        self.links.clear()

    def _open(self, host: Host) -> None:
        sock = socket.create_connection(("127.0.0.1", self._port))
        head = (
            f"GET {protocol.PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {NONCE}\r\nX-Agent-Key: {host.key}\r\n\r\n"
        )
        sock.sendall(head.encode())
        self.links[sock.fileno()] = Link(host, sock)
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def _take(self, link: Link, data: bytes) -> None:
        link.data += data
        if not link.upgraded:
            head, end, rest = link.data.partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head[:200]
            link.upgraded, link.data = True, rest
            self.say(link, HELLO | {"hostname": link.host.id, "session": self.sessions.get(link.host.id)})
        while (message := self._message(link)) is not None:
            self._answer(link, json.loads(message))

    def _message(self, link: Link) -> bytes | None:
        """The next text; pings and closes are passed over."""
        while len(link.data) >= 2:
            size, head = link.data[1] & 0x7F, 2
            if size == 126:
                size, head = int.from_bytes(link.data[2:4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(link.data[2:10], "big"), 10
            if len(link.data) < head + size:
                return None
            opcode, payload = link.data[0] & 0x0F, link.data[head : head + size]
            link.data = link.data[head + size :]
            if opcode == 1:
                return payload
        return None

    def _answer(self, link: Link, message: dict[str, str]) -> None:
        kind = message["type"]
        if kind == "welcome":
            link.welcomed = True
            self.sessions[link.host.id] = message["session"]
        elif kind == "command":
            self._heard(message["id"], time.perf_counter())
            self.say(link, {"type": "accepted", "id": message["id"]})
            self.say(link, {"type": "started", "id": message["id"]})
            self.say(link, {"type": "ended", "id": message["id"], "state": "succeeded", "exit_code": 0, "ms": 1})

    def say(self, link: Link, message: dict[str, object]) -> None:
        """Send a JSON message."""
        link.sock.sendall(framed(json.dumps(message).encode()))


def framed(payload: bytes) -> bytes:
    """A masked text frame."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0x80 | 126]) + size.to_bytes(2, "big")
    return head + MASK + payload
