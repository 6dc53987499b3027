"""The machine: open files, memory, processors, clock."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.clock import now
from fleet.config import Settings
from fleet.console.doctor.finding import Finding, ok, problem, warning
from fleet.db.upkeep.size import readable
from fleet.db.upkeep.snapshot import connect
from fleet.server.runner import SPARE_FILES

MEMORY_WANTED = 256 * 1024**2
# No clock that is right shows less: this version was made later.
MADE = datetime(2026, 11, 1, tzinfo=UTC)
STEP = 0.05
MEMINFO = Path("/proc/meminfo")
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def open_files(settings: Settings) -> Iterator[Finding]:
    """Every connection is a file; the server raises the soft limit by itself."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.worker_connections + SPARE_FILES
    if hard == resource.RLIM_INFINITY or hard >= needed:
        yield ok("open files", f"{_files(hard)} allowed, {needed} needed for worker_connections.")
    else:
        yield warning(
            "open files",
            f"{_files(hard)} allowed, {needed} needed for {settings.worker_connections} connections;"
            f" {max(10, hard - SPARE_FILES)} will fit.",
            "Raise the limit (LimitNOFILE= of the unit, `ulimit -Hn`), or lower worker_connections.",
        )


def _files(limit: int) -> str:
    return "any number of files" if limit == resource.RLIM_INFINITY else f"{limit} files"


def memory(_settings: Settings) -> Iterator[Finding]:
    """What is free on the machine, and what a container allows."""
    facts = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
    available = int(facts["MemAvailable"].split()[0]) * 1024
    allowed = [limit for path in CGROUP_LIMITS if (limit := _limit(path)) is not None]
    least = min([available, *allowed])
    text = f"{readable(available)} available" + (f", {readable(min(allowed))} allowed" if allowed else "")
    if least < MEMORY_WANTED:
        yield warning("memory", f"{text}.", f"Fleet wants {readable(MEMORY_WANTED)}; give it more.")
    else:
        yield ok("memory", f"{text}.")


def _limit(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() and int(text) < 1 << 60 else None


def processors(_settings: Settings) -> Iterator[Finding]:
    """How busy they are; Fleet uses one."""
    count = len(os.sched_getaffinity(0))
    load = os.getloadavg()[1]
    if load > 4 * count:
        yield warning(
            "processors",
            f"{count}, with a load of {load:.1f} over five minutes.",
            "Find out what is so busy.",
        )
    else:
        yield ok("processors", f"{count}, with a load of {load:.1f} over five minutes.")


def clock(settings: Settings) -> Iterator[Finding]:
    """Leases, expiry and presence are counted by the clock."""
    moment, newest = now(), newest_change(settings)
    if moment < MADE:
        yield problem("clock", f"It says {moment:%Y-%m-%d %H:%M} UTC.", "Set it; run an NTP client.")
    elif newest is not None and newest > moment + timedelta(minutes=1):
        yield problem(
            "clock",
            f"The database's newest change is of {newest:%Y-%m-%d %H:%M:%S} UTC, later than now ({moment:%H:%M:%S}).",
            "If it is wrong now, set it. If it was ahead and is right now, restart Fleet: until then its times are ahead.",
        )
    else:
        yield ok("clock", f"{moment:%Y-%m-%d %H:%M:%S} UTC, not before the newest change.")
    yield _steadiness()


def newest_change(settings: Settings) -> datetime | None:
    """When the journal was written last; None where that cannot be told."""
    path = settings.sqlite_path
    if path is None or not path.is_file():
        return None
    try:
        with closing(connect(path)) as connection:
            row = connection.execute("SELECT at FROM changes ORDER BY seq DESC LIMIT 1").fetchone()
    except sqlite3.Error:
        return None  # the database's own check says what is wrong with it
    return datetime.fromisoformat(row[0]).replace(tzinfo=UTC) if row else None


def _steadiness() -> Finding:
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.2)
    drift = abs((time.time() - wall) - (time.monotonic() - steady))
    if drift > STEP:
        return warning(
            "clock", f"It was set by {drift:.2f} s while it was looked at.", "Let it be slewed, not stepped."
        )
    return ok("clock", "It runs evenly.")
