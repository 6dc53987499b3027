"""Waiting for others and for the disk: among greenlets where gevent has patched the process, else among threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from gevent import get_hub, monkey, sleep
from gevent.event import Event

T = TypeVar("T")
# How long others wait while a list is made, in seconds.
TURN = 0.003


class Gate(Protocol):
    """Shut until it is opened for good."""

    def set(self) -> None:
        """Open it."""

    def wait(self) -> object:
        """Return when it is open."""


def new_gate() -> Gate:
    """A gate for greenlets or, in a process that is not patched, for threads."""
    return Event() if monkey.is_module_patched("threading") else threading.Event()


def gather() -> None:
    """Let everybody who is ready have a turn, and queue work of their own."""
    if monkey.is_module_patched("threading"):
        sleep(0)


def give_way() -> None:
    """Let others have their turn, those included whose bytes have just come.

    A sleep of 0 would not do that: gevent runs some fifty such turns before it
    looks who has sent something. A timer of 0 is due when it has looked.
    """
    if monkey.is_module_patched("threading"):
        hub = get_hub()
        hub.wait(hub.loop.timer(0))


def in_turns(things: Iterable[T]) -> Iterator[T]:
    """The things, for whoever does some work with each: others have their turn after every TURN."""
    over = time.monotonic() + TURN
    for thing in things:
        yield thing
        if time.monotonic() >= over:
            give_way()
            over = time.monotonic() + TURN


def in_thread(call: Callable[[], None]) -> BaseException | None:
    """Run `call` off the event loop if there is one, and wait for its end whatever happens.

    Returns what was thrown into this greenlet meanwhile, to be raised when the
    others know their results: a commit goes on although its leader is killed.
    """
    if not monkey.is_module_patched("threading"):
        call()
        return None
    thrown: BaseException | None = None
    done = get_hub().threadpool.spawn(call)
    while not done.ready():
        try:
            done.wait()
        except BaseException as error:  # noqa: BLE001  # a kill is none of Exception's; raised by the caller
            thrown = error
    done.get()
    return thrown
