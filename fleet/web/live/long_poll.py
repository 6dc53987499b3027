"""Long polls: hold a request until there is something to answer (contract, Leases).

A poll waits 55 s at most, holds no database connection while it waits, and
looks whether its caller is still there, and still may, before it acts for it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from flask import request

from fleet.bus import News
from fleet.web.http import queries
from fleet.web.live import feed
from fleet.web.security import authentication, signs_of_life

T = TypeVar("T")
LONGEST = 55
# A caller that went away, and a server that stops, are noticed this soon.
LOOK_EVERY = 5.0
# With the time for which a credential may be remembered: within a second (security.md 6).
STILL_MAY_EVERY = 0.5
ESTABLISHED = 1  # TCP_ESTABLISHED of Linux's tcp_states.h


class Waking(Protocol):
    """What wakes one who waits."""

    def wait(self, seconds: float) -> bool:
        """Wait until there is a reason to look again; False when there was none for `seconds`."""


def seconds() -> int:
    """How long the query asks to wait; 0 when it does not."""
    return queries.number("wait", 0, 0, LONGEST)


def until(look: Callable[[], T | None], wait: float, relevant: Callable[[News], bool]) -> T | None:
    """`look()` as soon as it finds something, or None after `wait` seconds.

    `look` is called again when the journal brings news that is `relevant`. None
    too when the caller has hung up: whatever would be found stays for others.
    Raises Unauthorized or Forbidden when the caller's right ends meanwhile.
    """
    with feed().watch(relevant) as watch:
        return until_woken(look, wait, watch)


def until_woken(look: Callable[[], T | None], wait: float, watch: Waking) -> T | None:
    """The same for one who is woken by somebody else; `look` is also called every LOOK_EVERY seconds."""
    deadline = time.monotonic() + wait
    while True:
        if not caller_is_there():
            return None
        result = look()
        now = time.monotonic()
        if result or now >= deadline or feed().closed:
            return result
        pause(watch, min(deadline, now + LOOK_EVERY))


def pause(watch: Waking, until: float) -> None:
    """Wait for news, no longer than `until`; anybody who loses the right to wait is told at once."""
    heard = False
    signs_of_life.still_held()
    while not heard and (left := until - time.monotonic()) > 0:
        heard = watch.wait(min(left, STILL_MAY_EVERY))
        authentication.admit_again()
        signs_of_life.still_held()


def caller_is_there() -> bool:
    """False when the caller has closed its side of the connection.

    Asks the kernel for the connection's state (Linux), which reads nothing
    away; where it cannot say, the caller counts as there.
    """
    sock: socket.socket | None = request.environ.get("gunicorn.socket")
    if sock is None or not hasattr(socket, "TCP_INFO"):
        return True
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED
    except OSError:
        return sock.fileno() >= 0
