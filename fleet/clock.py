"""The time, in one place, so that a test can say what time it is.

Within a process it never goes back, and passes as the monotonic clock does: a
lease, a silence or a session is as long as it says, whatever happens to the
machine's clock. What that means for anybody who sets it:

- Set forward (it was slow, or the machine slept): followed at once. A server
  follows by `adopt`, after what is counted in spans was moved along.
- Set back (it was fast): not followed. Fleet's times stay ahead by as much, and
  say so in the log, until the process starts anew: then its clock begins at the
  machine's, and what lies in the future is set right (fleet/jobs/timekeeping.py).
  A worker that SIGHUP brings begins anew, too.

It does not begin at the newest time in the database: a clock that once was
years ahead would then never be right again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# Beyond it a time of day alone would be taken for another day's; static/js/shared/times.js has the same.
NEAR = timedelta(hours=12)
STEPS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (365 * 86400, 86400, "d"))
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# A step forward that nobody would notice in a span is followed without ado, by a server too (nanoseconds).
SMALL = 2_000_000_000
Nanoseconds = Callable[[], int]


class Clock:
    """A clock that is set by `wall` (nanoseconds since 1970) and runs by `steady` (nanoseconds since whenever)."""

    def __init__(self, wall: Nanoseconds = time.time_ns, steady: Nanoseconds = time.monotonic_ns) -> None:
        self._wall = wall
        self._steady = steady
        self._by_hand = False
        self._offset = wall() - steady()

    def begin(self, *, by_hand: bool) -> None:
        """Begin anew at the machine's time; `by_hand` leaves large steps forward to `adopt`."""
        self._by_hand = by_hand
        self._offset = self._wall() - self._steady()

    def now(self) -> datetime:
        """The present moment, aware, in UTC, with microseconds; never before the one that was told last."""
        wall, steady = self._wall(), self._steady()  # in this order: what comes between must not look like a step
        step = wall - steady - self._offset
        if step > 0 and (step < SMALL or not self._by_hand):
            self._offset += step
        return BEGINNING + timedelta(microseconds=(self._offset + steady) // 1000)

    def adopt(self) -> None:
        """Follow a step forward."""
        self._offset = max(self._offset, self._wall() - self._steady())

    def behind(self) -> timedelta:
        """How far the machine's clock is ahead of this one; negative while it is this one that is ahead."""
        return timedelta(microseconds=(self._wall() - self._steady() - self._offset) // 1000)


_clock = Clock()


def now() -> datetime:
    """The present moment, aware, in UTC, with microseconds."""
    return _clock.now()


def begin(*, by_hand: bool) -> None:
    """As `Clock.begin`, for this process."""
    _clock.begin(by_hand=by_hand)


def adopt() -> None:
    """As `Clock.adopt`, for this process."""
    _clock.adopt()


def behind() -> timedelta:
    """As `Clock.behind`, for this process."""
    return _clock.behind()


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 with a `Z`, the form of every time under /v1."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def age(moment: datetime) -> str:
    """How long ago, in one unit: `8 s`, `4 min`, `2 h`, `3 d`, `1 y`."""
    return span((now() - moment).total_seconds())


def hour_or_day(moment: datetime) -> str:
    """The time of day in UTC, `14:33`, or half a day away the day, `27 Nov`; the browser shows its own zone."""
    near = abs(now() - moment) < NEAR
    return f"{moment.astimezone(UTC):%H:%M}" if near else f"{moment.astimezone(UTC):%-d %b}"


def span(seconds: float) -> str:
    """A length of time in one unit, rounded down; `0 s` when it is negative."""
    whole = max(0, int(seconds))
    for below, unit, name in STEPS:
        if whole < below:
            return f"{whole // unit} {name}"
    return f"{whole // (365 * 86400)} y"
