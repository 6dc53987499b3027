"""Servers run as processes of their own; the tests' process stays unpatched."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

SMALL_SERVER = Path(__file__).parents[1] / "support" / "small_server.py"
PATIENCE = 20.0  # seconds after which something counts as never happening


class Server:
    """A running server, its answers and its log."""

    def __init__(self, arguments: list[str], environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SMALL_SERVER), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environ,
        )
        assert self.process.stdout
        first = self.process.stdout.readline()
        assert first, self.process.communicate()[1]
        self.port = int(first)
        self._open: list[HTTPConnection | HTTPResponse] = []

    def get(self, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
        """The answer to one request on a connection of its own."""
        return self.ask(self.connect(), path, headers)

    def ask(self, connection: HTTPConnection, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
        """The answer to one request on that connection."""
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        self._open.append(answer)
        return answer

    def connect(self) -> HTTPConnection:
        """A connection that is kept alive."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self._open.append(connection)
        return connection

    def close(self) -> None:
        """Leave nothing behind."""
        for each in self._open:
            each.close()
        self.process.kill()
        self.process.communicate()

    def pid(self) -> int:
        """The process that answers: the worker."""
        return int(json.loads(self.get("/").read())["pid"])

    def end(self, signal_number: int) -> tuple[int, str, str]:
        """Send a signal and wait; returns exit code, further stdout, and the log."""
        self.process.send_signal(signal_number)
        out, log = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, log


def eventually(seen: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until `seen` is true; fails when it is not within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not seen():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """Starts small servers and ends what is left of them."""
    started: list[Server] = []

    def start_one(*arguments: str, **environ: str) -> Server:
        started.append(Server(list(arguments), environ))
        return started[-1]

    yield start_one
    for server in started:
        server.close()
