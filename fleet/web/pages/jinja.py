"""What templates can use everywhere: globals and filters, for pages and for partials rendered alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask
from jinja2 import StrictUndefined
from jinja2.utils import LRUCache

from fleet import clock
from fleet.models.agent.readings import state
from fleet.parts import parts_of
from fleet.version import version
from fleet.web.live.partial_cache import PartialCache
from fleet.web.pages import development, files
from fleet.web.pages.halt import halted, own_stop


def init_app(app: Flask, base_path: str, *, dev: bool) -> None:
    """Set up Jinja: a name that nobody set is an error, not an empty place; with `dev` files may change meanwhile."""
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    loaded = files.init_app(app, base_path, dev=dev)
    partials = parts_of(app).add(PartialCache(env))

    def forget() -> None:
        loaded.forget()
        # Not by Jinja's own reloading, which does not see that the macros have changed of which others are made.
        cast(LRUCache, env.cache).clear()
        partials.forget()

    if dev:
        development.init_app(app, forget)
    env.globals.update(
        root=base_path,
        version=version(),
        cached=partials.partial,
        halted=halted,
        own_stop=own_stop,
        server_time=server_time,
    )
    env.filters.update(iso=clock.rfc3339, age=clock.age, span=clock.span, left=left)
    env.filters.update(exact=exact, size=size, clock=clock.hour_or_day, day=day, state=state, span_query=span_query)


def server_time() -> datetime:
    """What time it is, for browsers whose own clock is set wrong."""
    return clock.now()


def exact(moment: datetime) -> str:
    """Date and time with the zone: `22 Nov 2026, 14:33:05 UTC`."""
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M:%S} UTC"


def span_query(claim: Any) -> str:
    """The activity of a claim's agent from its beginning to its end, as a query of `/activity`."""
    query = {"agent": claim.agent_id, "since": clock.rfc3339(claim.claimed_at)}
    if claim.ended_at is not None:  # what was logged in the last second belongs to it
        query["until"] = clock.rfc3339(claim.ended_at + timedelta(seconds=1))
    return urlencode(query)


def size(count: float) -> str:
    """A number of bytes as a person reads it: `312 B`, `4.2 KB`, `1.3 GB`."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def left(moment: datetime) -> str:
    """How long until then, in one unit; `0 s` for what is over."""
    return clock.span((moment - clock.now()).total_seconds())


def day(moment: datetime) -> str:
    """The day in UTC: `Sunday, 22 November 2026`."""
    return f"{moment.astimezone(UTC):%A, %-d %B %Y}"
