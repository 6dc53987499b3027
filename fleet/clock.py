"""The time, in one place, so that a test can say what time it is."""

from __future__ import annotations

from datetime import UTC, datetime

STEPS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (365 * 86400, 86400, "d"))


def now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 with a `Z`, the form of every time under /v1."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def age(moment: datetime) -> str:
    """How long ago, in one unit: `8 s`, `4 min`, `2 h`, `3 d`, `1 y`."""
    return span((now() - moment).total_seconds())


def span(seconds: float) -> str:
    """A length of time in one unit, rounded down; `0 s` when it is negative."""
    whole = max(0, int(seconds))
    for below, unit, name in STEPS:
        if whole < below:
            return f"{whole // unit} {name}"
    return f"{whole // (365 * 86400)} y"
