"""A journal of this machine: journald started by hand where there is none, its senders with units of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

JOURNALD = Path("/lib/systemd/systemd-journald")
SOCKETS = Path("/run/systemd/journal")
KEPT = Path("/run/log/journal")
SECONDS = 20.0


def can_start() -> bool:
    """True where journald is installed, may be started, and does not run already."""
    return (
        os.geteuid() == 0
        and JOURNALD.exists()
        and all(map(shutil.which, ("journalctl", "logger")))
        and not SOCKETS.exists()
    )


@contextlib.contextmanager
def started() -> Iterator[None]:
    """journald, until the end; nothing of it is left."""
    made = [folder for folder in (SOCKETS, KEPT) if not folder.exists()]
    for folder in (SOCKETS, KEPT):
        folder.mkdir(parents=True, exist_ok=True)
    journald = subprocess.Popen([JOURNALD], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + SECONDS
        while not (SOCKETS / "socket").exists():
            assert time.monotonic() < end, "journald does not come up"
            time.sleep(0.02)
        yield
    finally:
        journald.terminate()
        journald.wait(SECONDS)
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)


def send(message: str, **fields: str | int) -> None:
    """An entry with these fields; `OBJECT_SYSTEMD_UNIT` makes it a unit's."""
    lines = [f"MESSAGE={message}", *(f"{name}={value}" for name, value in fields.items())]
    subprocess.run(["logger", "--journald"], input="\n".join(lines) + "\n", text=True, check=True)


FAKE = f"""#!{sys.executable}
import json, os, sys, time
with open(os.environ["PATH"].split(":")[0] + "/recorded", "w") as file:
    json.dump({{"argv": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid(),
               "stdin": os.readlink("/proc/self/fd/0"), "open": sorted(os.listdir("/proc/self/fd"))}}, file)
BODY
"""


def fake(folder: Path, body: str = "time.sleep(600)") -> Path:
    """A journalctl for the PATH, which writes down how it was called; where it does so."""
    program = folder / "journalctl"
    program.write_text(FAKE.replace("BODY", body))
    program.chmod(0o755)
    return folder / "recorded"
