"""The time, in one place, so that a test can say what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 with a `Z`, the form of every time under /v1."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
