"""A daemon that does what the test says: it speaks the link's protocol and runs nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fleet import protocol
from tests.support.api import JSON, good, unique

PATIENCE = 20.0
HELLO: JSON = {
    "protocol": protocol.VERSION,
    "version": "0.1.0",
    "os": "Debian GNU/Linux 12",
    "arch": "x86_64",
    "python": "3.11.2",
    "ips": ["10.0.0.5"],
    "boot_id": "boot-1",
    "session": None,
    "user": "fleet",
    "capabilities": ["commands"],
    "waiting": [],
    "running": [],
    "ended": [],
}


@dataclass(frozen=True)
class Host:
    """An enrolled host, and the key of its daemon."""

    id: str
    key: str
    name: str


def enrol(api: httpx.Client, name: str | None = None, **more: Any) -> Host:
    """Enrol a host as its daemon would; `api` is an administrator's."""
    name = name or unique("host")
    key = good(api.post("/v1/enrolment-keys", json={}))["key"]
    body = {"name": name, "hostname": name, "worktree": "/", "kind": "host", **more}
    # In place of the client's own credential: the enrolment key is the right to it.
    header = {"Authorization": f"Bearer {key}"}
    enrolled = good(api.post("/v1/enrolments", json=body, headers=header))
    return Host(enrolled["agent"]["id"], enrolled["key"], name)


class Daemon:
    """A connected one. `session` is what it was welcomed with."""

    def __init__(self, socket: ClientConnection, host: Host) -> None:
        self.socket = socket
        self.host = host
        self.welcome: JSON = {}

    @property
    def session(self) -> str:
        """The session that the server gave."""
        return str(self.welcome["session"])

    def say(self, kind: str, **values: Any) -> None:
        """Send a JSON message."""
        self.socket.send(json.dumps({"type": kind, **values}))

    def hear(self, kind: str | None = None) -> JSON:
        """The next message; of that kind, if one is given."""
        message = cast(JSON, json.loads(self.socket.recv(timeout=PATIENCE)))
        assert kind in (None, message["type"]), message
        return message

    def hears_nothing(self, seconds: float = 0.3) -> bool:
        """True when nothing comes for a moment."""
        try:
            self.socket.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def hears_the_end(self) -> ConnectionClosed:
        """Whatever still comes, and then how the server closed the connection."""
        try:
            while True:
                self.socket.recv(timeout=PATIENCE)
        except ConnectionClosed as end:
            return end

    def print(self, command_id: str, data: bytes, offset: int = 0, stream: str = "stdout") -> JSON:
        """Send output and wait until it is acknowledged."""
        self.socket.send(protocol.encode_chunk(protocol.Chunk(stream, command_id, offset, data)))
        return self.hear("want")

    def begin(self) -> JSON:
        """Take the next command and begin it; returns it."""
        command = self.hear("command")
        self.say("accepted", id=command["id"])
        self.say("started", id=command["id"])
        return command

    def end(self, command_id: str, state: str = "succeeded", **values: Any) -> None:
        """Report an end and wait until it is acknowledged."""
        self.say("ended", id=command_id, **({"state": state, "exit_code": 0, "ms": 10} | values))
        assert self.hear("forget")["id"] == command_id


@contextlib.contextmanager
def linked(url: str, host: Host, **hello: Any) -> Iterator[Daemon]:
    """A daemon of `host` that has said hello and was welcomed."""
    with opened(url, host) as daemon:
        daemon.say("hello", **(HELLO | {"hostname": host.name} | hello))
        daemon.welcome = daemon.hear("welcome")
        yield daemon


@contextlib.contextmanager
def opened(url: str, host: Host, **headers: str) -> Iterator[Daemon]:
    """A connection that has not said anything yet."""
    address = url.replace("http", "ws", 1) + protocol.PATH
    with connect(
        address, additional_headers={"X-Agent-Key": host.key, **headers}, compression=None, proxy=None, max_size=None
    ) as socket:
        yield Daemon(socket, host)
