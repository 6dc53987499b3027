"""How often somebody may ask: counted each second, per person or token, per agent, per address of nobody known.

The counting is that of `limits`, which Flask-Limiter is made of. Flask-Limiter's
own hook would cost every request thirty microseconds, this two.
"""

from __future__ import annotations

import time

from flask import Flask, Request
from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from fleet.config import Settings
from fleet.errors import TooManyRequests
from fleet.parts import parts_of, the
from fleet.web.security.credentials import Identity
from fleet.web.security.networks import network_of

# A page brings many files with it before anybody is known; they cost little.
FILES = 10
NEVER_REFUSED = frozenset({"health.show"})  # anybody who watches over Fleet must not take a flood for its end


class ThisSecond(Storage):
    """Counts of the present second of the monotonic clock, and nothing else: as small as one second's traffic.

    `limits`' own memory starts a timer every 10 ms that looks at every key.
    """

    base_exceptions = ValueError

    def __init__(self) -> None:
        super().__init__()
        self._second = 0
        self._counts: dict[str, int] = {}

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:  # noqa: ARG002  # limits' signature
        """Count; returns how many there are in this second."""
        count = self._now().get(key, 0) + amount
        self._counts[key] = count
        return count

    def get(self, key: str) -> int:
        """How many there are in this second."""
        return self._now().get(key, 0)

    def get_expiry(self, key: str) -> float:  # noqa: ARG002  # limits' signature
        """When counting begins anew."""
        return float(int(time.monotonic()) + 1)

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

    def _now(self) -> dict[str, int]:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._counts = second, {}
        return self._counts


class Rates:
    """The limits of one application."""

    def __init__(self, settings: Settings) -> None:
        self._counter = FixedWindowRateLimiter(ThisSecond())
        self._credential = RateLimitItemPerSecond(settings.rate_limit, namespace="credential")
        self._agent = RateLimitItemPerSecond(settings.rate_limit_agents, namespace="agent")
        self._nobody = RateLimitItemPerSecond(settings.rate_limit_anonymous, namespace="nobody")
        self._files = RateLimitItemPerSecond(settings.rate_limit_anonymous * FILES, namespace="files")

    def require(self, identity: Identity | None, address: str, endpoint: str | None) -> None:
        """Count one request. Raises TooManyRequests beyond what its sender may ask in a second."""
        if identity is None:
            limit = self._files if endpoint == "static" else self._nobody
            who = network_of(address)
        elif identity.agent_id is not None:
            limit, who = self._agent, identity.agent_id
        else:
            limit, who = self._credential, identity.holder_id
        if not self._counter.hit(limit, who) and endpoint not in NEVER_REFUSED:
            raise TooManyRequests("RATE_LIMITED", f"At most {limit.amount} requests a second are answered.", 1)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its limits."""
    parts_of(app).add(Rates(settings))


def require(identity: Identity | None, asked: Request) -> None:
    """Count a request. Raises TooManyRequests."""
    rates = the(Rates)
    rates.require(identity, asked.remote_addr or "", asked.endpoint)
