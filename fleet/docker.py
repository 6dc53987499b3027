"""Where the Docker engine is, and whether it answers: in one word, as `/health` says it (document 2)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Word = Literal["connected", "absent", "unreachable", "forbidden"]
Place = str | tuple[str, int]  # a socket's path, or host and port

USUAL = "/var/run/docker.sock"
PLAIN_PORT = 2375
PATIENCE = 1.5  # seconds for one engine, from connecting to its answer
PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
ANSWER_LONGEST = 4096
MEANINGS: dict[int, Word] = {200: "connected", 401: "forbidden", 403: "forbidden"}


def look(environ: Mapping[str, str] | None = None) -> Word:
    """Ask the engine that DOCKER_HOST names, or else those at the usual places; the first that answers counts.

    `absent`: there is no socket. `forbidden`: there is one, and this process may not use it. `unreachable`:
    nobody answers there, not in time, or not as an engine does. Takes PATIENCE for each place at most.
    """
    words = [ping(place) for place in places(os.environ if environ is None else environ)]
    there = [word for word in words if word != "absent"]
    return "connected" if "connected" in there else next(iter(there), "absent")


def places(environ: Mapping[str, str]) -> Sequence[Place | None]:
    """Where an engine may be; None for an address that nobody can ask."""
    told = environ.get("DOCKER_HOST", "").strip()
    if told:
        return [place_of(told)]
    own = environ.get("XDG_RUNTIME_DIR")
    return [USUAL, *([str(Path(own) / "docker.sock")] if own else [])]


def place_of(address: str) -> Place | None:
    """What DOCKER_HOST means: `unix://…`, a bare path, `tcp://host:port`, `host:port`; None for anything else."""
    if "://" not in address:
        address = f"unix://{address}" if "/" in address else f"tcp://{address}"
    scheme, _, rest = address.partition("://")
    if scheme == "unix":
        return rest or None
    try:
        parts = urlsplit(address)
        if scheme in ("tcp", "http") and parts.hostname:
            return parts.hostname, parts.port or PLAIN_PORT
    except ValueError:  # a port or an address that is none
        pass
    return None


def ping(place: Place | None) -> Word:
    """The word for the engine at one place."""
    if place is None:
        return "unreachable"
    deadline = time.monotonic() + PATIENCE
    try:
        with connected(place) as engine:
            engine.sendall(PING)
            return MEANINGS.get(status(engine, deadline), "unreachable")
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except PermissionError:
        return "forbidden"
    except (OSError, ValueError):  # refused, too late, no such name, no answer of HTTP's
        return "unreachable"


def connected(place: Place) -> socket.socket:
    """A connection to the engine. Raises OSError."""
    if not isinstance(place, str):
        return socket.create_connection(place, timeout=PATIENCE)
    engine = socket.socket(socket.AF_UNIX)
    engine.settimeout(PATIENCE)
    try:
        engine.connect(place)
    except BaseException:
        engine.close()
        raise
    return engine


def status(engine: socket.socket, deadline: float) -> int:
    """The status of its answer. Raises TimeoutError after the deadline, ValueError for what is no answer."""
    said = b""
    while b"\r\n" not in said and len(said) < ANSWER_LONGEST:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        engine.settimeout(left)
        piece = engine.recv(ANSWER_LONGEST)
        if not piece:
            break
        said += piece
    protocol, code, *_ = said.partition(b"\r\n")[0].split()
    if not protocol.startswith(b"HTTP/"):
        raise ValueError
    return int(code)
