"""The clients that make the load: small enough not to be what is measured."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.peers import LOAD

CONNECTIONS = 64


@dataclass(frozen=True)
class Streams:
    """What the client of streams is told: whom it measures, and how."""

    port: int
    subscribe: str
    publish: str
    pids: Sequence[int]
    token: str = "-"
    before: str = ""
    after: str = ""
    size: int = 1024


def compiler() -> str | None:
    """A C compiler."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@contextlib.contextmanager
def compiled() -> Iterator[Path]:
    """The client of streams, compiled into a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fleet-bench-cc-") as folder:
        program = Path(folder) / "ssebench"
        command = [str(compiler()), "-O2", "-pthread", "-o", str(program), str(LOAD / "ssebench.c")]
        subprocess.run(command, check=True, timeout=120)
        yield program


def follow(
    program: Path, streams: Streams, subscribers: int, seconds: float, windows: Sequence[str]
) -> list[dict[str, Any]]:
    """Open `subscribers` streams and publish to them; what they cost first, then one result a window."""
    command = [
        program,
        streams.port,
        streams.subscribe,
        streams.publish,
        streams.token,
        subscribers,
        seconds,
        ",".join(windows),
        ",".join(map(str, streams.pids)),
        streams.size,
        streams.before,
        streams.after,
    ]
    patience = 90 + len(windows) * (seconds + 30)
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=patience, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the client of streams failed: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def wrk(script: str, port: int, token: str, ids: Path, seconds: float) -> dict[str, Any]:
    """Run one of wrk's scripts over 64 kept-alive connections; its figures."""
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "30s",
        "--latency",
        "-s",
        str(LOAD / f"{script}.lua"),
        f"http://127.0.0.1:{port}",
        "--",
        token,
        str(ids),
    ]
    environment = {**os.environ, "BENCH_LOAD": str(LOAD)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False, env=environment)
    found = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
    if done.returncode or not found:
        raise RuntimeError(f"wrk failed: {done.stdout} {done.stderr}")
    return dict(json.loads(found[0].removeprefix("JSON ")))
