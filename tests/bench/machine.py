"""Where and with what was measured; a figure without that says nothing."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("flask", "gunicorn", "gevent", "sqlalchemy", "msgspec", "playwright")
PROGRAMS = {
    "nginx": ("nginx", "-v"),
    "wrk": ("wrk", "-v"),
    "cc": ("cc", "--version"),
    "chromium": ("chromium", "--version"),
}


def described() -> dict[str, Any]:
    """Machine, system, versions, and how busy it is at this moment."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "files_on": file_system(tempfile.gettempdir()),
        "load_average": load_average(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        **{name: found for name in PACKAGES if (found := package(name))},
        **{name: said(command) or "missing" for name, command in PROGRAMS.items()},
    }


def load_average() -> list[float]:
    """Over 1, 5 and 15 minutes; what others do on this machine is in it."""
    return [round(load, 2) for load in os.getloadavg()]


def processor() -> str:
    """The processor's name."""
    with contextlib.suppress(OSError):
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def file_system(folder: str) -> str:
    """The kind of file system that the databases are on; a durable commit costs nothing on tmpfs."""
    mounts = [line.split()[:3] for line in Path("/proc/mounts").read_text().splitlines()]
    real = os.path.realpath(folder)
    inside = [m for m in mounts if real == m[1] or real.startswith(m[1].rstrip("/") + "/")]
    device, at, kind = max(inside, key=lambda mount: len(mount[1]))
    return f"{kind} ({device} at {at})"


def package(name: str) -> str | None:
    """An installed package's version."""
    with contextlib.suppress(PackageNotFoundError):
        return version(name)
    return None


def said(command: tuple[str, ...]) -> str | None:
    """The version in what a program says about itself; None when it is not there."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    found = re.search(r"\d+\.\d[\w.+-]*", done.stdout + done.stderr)
    return found[0] if found else "there"
