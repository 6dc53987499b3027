"""A log that a program writes in one go, followed through server and daemon, masked."""

from __future__ import annotations

import socket
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench import masking
from tests.bench.fleets import fleet, token
from tests.bench.report import Part, at_least
from tests.support.daemon_host import RealHost, real_host
from tests.support.serving import Served

SPEED = "MB/s"
ACCESS, SHORT = "access lines", "short lines"


@dataclass(frozen=True)
class Plan:
    """How many bytes are written, how often."""

    size: int = 16 << 20
    runs: int = 3


QUICK = Plan(size=1 << 20, runs=1)


def measure(plan: Plan) -> Part:
    """Lines of a web server, and short ones."""
    part = Part("log", f"{plan.size >> 20} MiB of a log, followed as they are written")
    contents = {
        ACCESS: masking.lines(plan.size, secrets=False),
        SHORT: b"".join(
            b"2026-11-28 12:00:00 INFO worker %d took job %d\n" % (number % 8, number)
            for number in range(plan.size // 49)
        ),
    }
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")))
        server = stack.enter_context(fleet(0)).server
        admin = token(server, "admin")
        headers = {"Authorization": f"Bearer {admin}"}
        api = stack.enter_context(httpx.Client(base_url=server.url, headers=headers, timeout=600))
        host = stack.enter_context(real_host(api, folder / "host"))
        for _ in range(plan.runs):
            for subject, content in contents.items():
                part.note(subject, SPEED, len(content) / 1e6 / followed(server, admin, host, content))
    for subject in contents:
        part.aim(subject, SPEED, at_least(40, SPEED))
    return part


def followed(server: Served, bearer: str, host: RealHost, content: bytes) -> float:
    """Seconds from the first byte written to the last line read."""
    path = host.logs / "app.log"
    path.write_bytes(b"")
    with socket.create_connection(("127.0.0.1", server.port), timeout=600) as reader:
        reader.sendall(
            f"GET /api/agents/{host.id}/stream/logs?source=file&path={path}&lines=0 HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode()
        )
        said = b""
        while b": begins" not in said:
            said += reader.recv(4096)
        assert b" 200 " in said.partition(b"\r\n")[0], said
        wanted, got, rest = content.count(b"\n"), 0, b""
        began = time.perf_counter()
        with path.open("ab") as file:
            file.write(content)
        while got < wanted:
            piece = rest + reader.recv(1 << 20)
            assert piece != rest, "the stream has ended"
            got += piece.count(b"\ndata: ")
            rest = piece[-6:]
        return time.perf_counter() - began
