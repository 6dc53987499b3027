"""The Docker engine: wanted for workspaces, and for nothing else."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

from fleet.config import Settings
from fleet.console.doctor.finding import Finding, note, ok

DEFAULT = "unix:///var/run/docker.sock"
PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def docker(_settings: Settings) -> Iterator[Finding]:
    """Whether it answers where DOCKER_HOST, or the usual place, says."""
    where = os.environ.get("DOCKER_HOST") or DEFAULT
    if not where.startswith("unix://"):
        yield note("docker", f"The engine is at {where}; it was not asked.")
        return
    try:
        with socket.socket(socket.AF_UNIX) as engine:
            engine.settimeout(3)
            engine.connect(where.removeprefix("unix://"))
            engine.sendall(PING)
            answered = b" 200 " in engine.recv(200)
    except OSError as error:
        why = error.strerror or str(error)
        yield note("docker", f"No engine at {where} ({why}).", "Only workspaces will need one.")
    else:
        yield ok("docker", f"The engine at {where} answers." if answered else f"{where} answers strangely.")
