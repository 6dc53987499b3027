"""What templates can use everywhere: globals and filters, for pages and for partials rendered alone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined

from fleet import clock
from fleet.version import version

STEPS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (365 * 86400, 86400, "d"))


def init_app(app: Flask, base_path: str) -> None:
    """Set up Jinja: a name that nobody set is an error, not an empty place."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    static = Path(app.static_folder or "")

    def asset(name: str) -> str:
        return f"{base_path}/static/{name}?v={fingerprint(static / name)}"

    env.globals.update(root=base_path, asset=asset, version=version())
    env.filters.update(iso=clock.rfc3339, age=age, exact=exact, clock=clock_time)


@lru_cache(maxsize=512)
def fingerprint(path: Path) -> str:
    """The first digits of a file's SHA-256: a changed file has a new address, so caches may keep it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0"


def age(moment: datetime) -> str:
    """How long ago, in one unit: `8 s`, `4 min`, `2 h`, `3 d`, `1 y`."""
    seconds = max(0, int((clock.now() - moment).total_seconds()))
    for below, unit, name in STEPS:
        if seconds < below:
            return f"{seconds // unit} {name}"
    return f"{seconds // (365 * 86400)} y"


def exact(moment: datetime) -> str:
    """Date and time with the zone: `22 Nov 2026, 14:33:05 UTC`."""
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M:%S} UTC"


def clock_time(moment: datetime) -> str:
    """The time of day in UTC, `14:33`; the browser shows its own zone."""
    return f"{moment.astimezone(UTC):%H:%M}"
