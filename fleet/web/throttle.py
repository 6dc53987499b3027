"""How often somebody may fail to sign in: counted per account and per address (security.md 7).

Only failures count. An account that nobody has is counted like one that
somebody has, so that the answer tells nothing.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass

from flask import request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from fleet.errors import TooManyRequests

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
        for limit, who in ((PER_ACCOUNT, self.account), (PER_ADDRESS, self.address)):
            if who and not self.counter.test(limit, who):
                seconds = max(1, int(self.counter.get_window_stats(limit, who).reset_time - time.time()))
                raise TooManyRequests(
                    "TOO_MANY_ATTEMPTS",
                    f"Too many attempts. Try again in {-(-seconds // 60)} min.",
                    seconds,
                )

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


_counter = FixedWindowRateLimiter(MemoryStorage())


def tries(account: str) -> Tries:
    """The count for this request's address and `account` (folded; empty where none is named)."""
    return Tries(_counter, account, network_of(request.remote_addr or ""))


def network_of(address: str) -> str:
    """An address as it is counted: whoever has one IPv6 address has its whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
