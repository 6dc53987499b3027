"""How often somebody may fail to sign in: counted per account and per address (security.md 7).

Only failures count, and tries whose end is not known yet: many at once get no
further than one after the other. An account that nobody has is counted like one that
somebody has, so that the answer tells nothing. A pause is as long as it says, whatever
happens to the machine's clock.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from fleet.errors import TooManyRequests
from fleet.web.security.networks import network_of

PAUSE = 5  # minutes
PER_ACCOUNT = RateLimitItemPerMinute(5, PAUSE, namespace="account")
PER_ADDRESS = RateLimitItemPerMinute(30, PAUSE, namespace="address")


class Windows(Storage):
    """Counts, each for as long as its window lasts from the first one on, by a clock that nobody sets.

    `limits`' own memory goes by the wall clock: set back, it prolongs a pause; set forward, it ends one.
    """

    base_exceptions = ValueError

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.steady = steady
        # A count and its end, in the order in which they end: every window is equally long.
        self._counts: dict[str, tuple[int, float]] = {}

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; returns how many there are in the window."""
        self._forget_ended()
        count, end = self._counts.get(key, (0, self.steady() + expiry))
        self._counts[key] = (count + amount, end)
        return count + amount

    def get(self, key: str) -> int:
        """How many there are in the window."""
        self._forget_ended()
        return self._counts.get(key, (0, 0.0))[0]

    def get_expiry(self, key: str) -> float:
        """When the window ends, by its own clock."""
        return self._counts.get(key, (0, self.steady()))[1]

    def check(self) -> bool:
        """Always there."""
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        gone = len(self._counts)
        self._counts.clear()
        return gone

    def clear(self, key: str) -> None:
        """Forget one."""
        self._counts.pop(key, None)

    def _forget_ended(self) -> None:
        now = self.steady()
        while self._counts and self._counts[first := next(iter(self._counts))][1] <= now:
            del self._counts[first]


@dataclass(frozen=True, slots=True)
class Tries:
    """The failures of one account from anywhere, and of one address with any account."""

    counter: FixedWindowRateLimiter
    account: str
    address: str

    def require(self) -> None:
        """Raise TooManyRequests while there is a pause."""
        for limit, who in self.counted():
            stats = self.counter.get_window_stats(limit, who)
            if stats.remaining <= _under_way[limit, who]:
                seconds = max(1, int(stats.reset_time - _windows.steady()))
                raise TooManyRequests(
                    "TOO_MANY_ATTEMPTS",
                    f"Too many attempts. Try again in {-(-seconds // 60)} min.",
                    seconds,
                )

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """One try, while it is looked at; call `require` first, and say how it went before it ends."""
        self.require()
        counted = self.counted()
        _under_way.update(counted)
        try:
            yield
        finally:
            _under_way.subtract(counted)
            for key in counted:
                if not _under_way[key]:
                    del _under_way[key]

    def counted(self) -> list[tuple[RateLimitItem, str]]:
        """What these tries count against."""
        both = ((PER_ACCOUNT, self.account), (PER_ADDRESS, self.address))
        return [(limit, who) for limit, who in both if who]

    def failed(self) -> int:
        """Count a failure; returns how many more the account may have before a pause."""
        self.counter.hit(PER_ADDRESS, self.address)
        if not self.account:
            return self.counter.get_window_stats(PER_ADDRESS, self.address).remaining
        self.counter.hit(PER_ACCOUNT, self.account)
        return self.counter.get_window_stats(PER_ACCOUNT, self.account).remaining

    def succeeded(self) -> None:
        """Forget the account's failures."""
        if self.account:
            self.counter.clear(PER_ACCOUNT, self.account)


_under_way: Counter[tuple[RateLimitItem, str]] = Counter()
_windows = Windows()
_counter = FixedWindowRateLimiter(_windows)


def tries(account: str) -> Tries:
    """The count for this request's address and `account` (folded; empty where none is named)."""
    return Tries(_counter, account, network_of(request.remote_addr or ""))
