"""Slow work off the event loop: a password's hash takes a tenth of a second and 64 MiB (security.md 7)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar, cast

from gevent import get_hub, monkey

T = TypeVar("T")
# So many at a time, whatever is asked: a flood of logins must not take all memory.
_seats = threading.BoundedSemaphore(2)


def aside(call: Callable[[], T]) -> T:
    """What `call` returns, while the loop serves others."""
    with _seats:
        if not monkey.is_module_patched("threading"):
            return call()
        return cast(T, get_hub().threadpool.apply(call))
