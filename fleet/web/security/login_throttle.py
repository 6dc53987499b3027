"""How often somebody may fail to sign in: counted per account and per address (security.md 7).

Only failures count, and tries whose end is not known yet: many at once get no
further than one after the other. An account that nobody has is counted like one that
somebody has, so that the answer tells nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from fleet.errors import TooManyRequests
from fleet.web.security.networks import network_of

PAUSE = 5  # minutes
PER_ACCOUNT = RateLimitItemPerMinute(5, PAUSE, namespace="account")
PER_ADDRESS = RateLimitItemPerMinute(30, PAUSE, namespace="address")


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
                seconds = max(1, int(stats.reset_time - time.time()))
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
_counter = FixedWindowRateLimiter(MemoryStorage())


def tries(account: str) -> Tries:
    """The count for this request's address and `account` (folded; empty where none is named)."""
    return Tries(_counter, account, network_of(request.remote_addr or ""))
