"""Who is measured beside Fleet: nginx with nchan for streams, a Flask that does nothing for requests."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.bench.fleets import children
from tests.support.serving import free_port

LOAD = Path(__file__).parent / "load"
ROOT = Path(__file__).parent.parent.parent
MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules")
PATIENCE = 20.0
NGINX = "nginx with nchan (Debian: nginx-light, libnginx-mod-nchan)"


@dataclass(frozen=True)
class Peer:
    """A running peer: its port, and the processes that do its work."""

    port: int
    pids: list[int]


@contextlib.contextmanager
def nchan() -> Iterator[Peer]:
    """Nginx with one worker and nchan: `/publish` and `/subscribe`."""
    with tempfile.TemporaryDirectory(prefix="fleet-bench-nchan-") as folder:
        port = free_port()
        text = Template((LOAD / "nchan.conf").read_text())
        config = Path(folder) / "nginx.conf"
        config.write_text(text.substitute(module=nchan_module(), folder=folder, port=port))
        with running([nginx() or "nginx", "-c", str(config)], port, Path(folder) / "log") as process:
            yield Peer(port, [process.pid, *children(process.pid)])


@contextlib.contextmanager
def noop() -> Iterator[Peer]:
    """The Flask application that does nothing, under gunicorn with its stock gevent worker."""
    with tempfile.TemporaryDirectory(prefix="fleet-bench-noop-") as folder:
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.noop", str(port)]
        with running(command, port, Path(folder) / "log") as process:
            yield Peer(port, children(process.pid))


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a server, wait until it listens, and end it by its pid."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd=ROOT)
    try:
        until = time.monotonic() + PATIENCE
        while not listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} does not serve: {log.read_text(errors='replace')}")
            time.sleep(0.05)
        time.sleep(0.2)  # its worker is there
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(PATIENCE)


def listens(port: int) -> bool:
    """True when somebody listens on this port of loopback (0A in the kernel's table)."""
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in table)


def nginx() -> str | None:
    """Where nginx is."""
    return shutil.which("nginx", path=None) or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def nchan_module() -> str | None:
    """Where nchan's module for nginx is."""
    found = (Path(folder) / "ngx_nchan_module.so" for folder in MODULES)
    return next((str(path) for path in found if path.exists()), None)


def has_nchan() -> bool:
    """True when nginx and nchan are installed."""
    return nginx() is not None and nchan_module() is not None
