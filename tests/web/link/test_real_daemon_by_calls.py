"""The real daemon behind something that lets no WebSocket through: it works by reports, commands and results too."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.api import eventually, good, read
from tests.support.daemon_program import PROGRAM
from tests.support.serving import Served

PAGE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 7\r\nConnection: close\r\n\r\nblocked"


class Wall(socketserver.ThreadingTCPServer):
    """Passes requests on, and upgrades not."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, server: Served) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.behind = ("127.0.0.1", server.port)
        self.blocked = 0


class Passage(socketserver.BaseRequestHandler):
    """One connection, one request: the daemon closes each."""

    server: Wall

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (more := self.request.recv(1 << 16)):
            head += more
        if b"upgrade: websocket" in head.lower():
            self.server.blocked += 1
            self.request.sendall(PAGE)
            return
        with contextlib.suppress(OSError), socket.create_connection(self.server.behind) as behind:
            behind.sendall(head)
            pump = threading.Thread(target=copy, args=(self.request, behind), daemon=True)
            pump.start()
            copy(behind, self.request)


def copy(source: socket.socket, target: socket.socket) -> None:
    """Everything that one says to the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)


@pytest.fixture
def wall(server: Served) -> Iterator[Wall]:
    with Wall(server) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_commands_run_and_their_output_comes_back(api: httpx.Client, wall: Wall, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{wall.server_address[1]}"
    config, state = tmp_path / "daemon.json", tmp_path / "state"
    environment = {
        k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith("FLEET")
    }
    key = good(api.post("/v1/enrolment-keys", json={}))["key"]
    enrol = ["enrol", "--url", url, "--state", str(state), "--key-stdin", "--config", str(config)]
    done = subprocess.run([*PROGRAM, *enrol], input=key, text=True, capture_output=True, check=True, env=environment)
    host_id = next(word for word in done.stdout.split() if word.startswith("agt_")).rstrip(";.")
    with (tmp_path / "log").open("wb") as log:
        daemon = subprocess.Popen([*PROGRAM, "run", "--config", str(config)], stdout=log, stderr=log, env=environment)
    try:
        eventually(lambda: read(api, f"/api/agents/{host_id}")["status"] == "online", 60)
        order = {"type": "shell", "params": {"command": "seq 1 20000; printf oops >&2; exit 3"}}
        command_id = good(api.post(f"/api/agents/{host_id}/commands", json=order))["command_id"]
        one = read(api, f"/api/agents/{host_id}/commands/{command_id}?wait=50")
    finally:
        daemon.terminate()
        daemon.wait(timeout=30)

    assert (one["status"], one["exit_code"], one["stderr"]) == ("failed", 3, "oops"), (tmp_path / "log").read_text()
    assert one["stdout"] == "".join(f"{number}\n" for number in range(1, 20_001))
    assert wall.blocked >= 3
