"""Serving Fleet for a test: the real program, in a process of its own, ended by its pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Tests ask as fast as they can, from one address, with a good credential or without; and on a slow
# machine they look at an agent long after it was made, which is a silence of its own where they mean one.
UNHURRIED = {
    "FLEET_HEARTBEAT_TTL": "3600",
    "FLEET_RATE_LIMIT": "1000000",
    "FLEET_RATE_LIMIT_AGENTS": "1000000",
    "FLEET_RATE_LIMIT_ANONYMOUS": "100000",
    "FLEET_STREAMS_PER_TOKEN": "1000000",
}
DEV_TOKEN = "fleet-agent-token-123"  # document 1's, for --dev
# How long a slow machine may take to start or stop the program (seconds).
PATIENCE = 40.0


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """A running Fleet: where it is, how to get in, and how to end or kill it."""

    folder: Path
    arguments: Sequence[str] = ("--dev",)
    program: Sequence[str] = (sys.executable, "-m", "fleet")
    environment: Mapping[str, str] = field(default_factory=dict)
    token: str = DEV_TOKEN
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's address without a slash at its end."""
        scheme = "https" if "--tls-cert" in self.arguments else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "fleet.db"

    @property
    def log(self) -> str:
        """What the program has said so far."""
        return (self.folder / "server.log").read_text(errors="replace")

    def start(self) -> Served:
        """Start the program and wait until it is healthy; raises AssertionError with its log when it is not."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_") and k != "PORT"}
        command = [
            *self.program,
            "serve",
            *self.arguments,
            "-H",
            self.host,
            "-p",
            str(self.port),
            "-d",
            str(self.database),
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                env={**environment, **UNHURRIED, "HOME": str(self.folder), **self.environment},
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while not self.healthy():
            assert self.process.poll() is None, f"the server ended:\n{self.log}"
            assert time.monotonic() < deadline, f"the server does not answer:\n{self.log}"
            time.sleep(0.05)
        return self

    def healthy(self) -> bool:
        """True when /health answers 200."""
        with contextlib.suppress(urllib.error.URLError, OSError):
            # Whose certificate it is matters to the tests that look at it, not here.
            anybody = ssl._create_unverified_context()
            with urllib.request.urlopen(f"{self.url}/health", timeout=2, context=anybody) as answer:
                return int(answer.status) == 200
        return False

    def stop(self) -> int:
        """End the program as a service manager would (SIGTERM); returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """`kill -9` for the program and its worker, at once."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


@contextlib.contextmanager
def served(folder: Path, *arguments: str, **more: object) -> Iterator[Served]:
    """A running Fleet in `folder`, with --dev unless other arguments are given; gone afterwards."""
    server = Served(folder, arguments or ("--dev",), **more)  # type: ignore[arg-type]  # passed through
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()
