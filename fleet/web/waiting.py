"""Long polls: hold a request until there is something to answer (contract, Leases).

A poll waits 55 s at most, holds no database connection while it waits, and
looks whether its caller is still there before it acts for it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TypeVar

from flask import request

from fleet.bus import News
from fleet.web import auth, queries
from fleet.web.live import feed
from fleet.web.live.streams import STILL_GOOD_EVERY

T = TypeVar("T")
LONGEST = 55
# A caller that went away, and a server that stops, are noticed this soon.
LOOK_EVERY = 5.0
ESTABLISHED = 1  # TCP_ESTABLISHED of Linux's tcp_states.h


def seconds() -> int:
    """How long the query asks to wait; 0 when it does not."""
    return queries.number("wait", 0, 0, LONGEST)


def until(look: Callable[[], T | None], wait: float, relevant: Callable[[News], bool]) -> T | None:
    """`look()` as soon as it finds something, or None after `wait` seconds.

    `look` is called again when the journal brings news that is `relevant`. None
    too when the caller has hung up: whatever would be found stays for others.
    Raises Unauthorized within a second when the credential is revoked meanwhile
    (security.md 6).
    """
    deadline, right = time.monotonic() + wait, auth.grant()
    with feed().watch(relevant) as watch:
        while caller_is_there():
            found = look()
            look_again = min(deadline, time.monotonic() + LOOK_EVERY)
            if found or time.monotonic() >= deadline or feed().closed:
                return found
            while not watch.wait(min(STILL_GOOD_EVERY, max(0.0, look_again - time.monotonic()))):
                if not right.still_good():
                    raise auth.refusal(request)
                if time.monotonic() >= look_again or feed().closed:
                    break
    return None


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
