"""What is open ends when the server stops."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from fleet import shutdown


@pytest.fixture(autouse=True)
def running() -> Iterator[None]:
    """A server that runs, before and after."""
    for event in (shutdown.stopping, shutdown._stopped):
        event.clear()
    yield
    for event in (shutdown.stopping, shutdown._stopped):
        event.clear()


def test_hooks_run_once_and_the_last_one_first() -> None:
    ran: list[str] = []
    shutdown.on_stop(lambda: ran.append("first"))
    shutdown.on_stop(lambda: ran.append("second"))

    shutdown.stop()
    shutdown.stop()

    assert ran == ["second", "first"]
    assert shutdown.stopping.is_set()


def test_a_hook_that_fails_stops_no_other() -> None:
    ran: list[str] = []
    shutdown.on_stop(lambda: ran.append("ran"))
    shutdown.on_stop(lambda: 1 / 0)

    shutdown.stop()

    assert ran == ["ran"]


def test_what_requests_use_is_closed_once_and_after_everything_else() -> None:
    ran: list[str] = []
    shutdown.at_last(lambda: ran.append("last"))
    shutdown.on_stop(lambda: ran.append("stop"))

    shutdown.stop()
    assert ran == ["stop"]
    shutdown.finish()
    shutdown.finish()

    assert ran == ["stop", "last"]


def test_who_waits_for_the_flag_is_woken() -> None:
    woken = threading.Event()
    waiter = threading.Thread(target=lambda: shutdown.stopping.wait(20) and woken.set())
    waiter.start()

    shutdown.stop()
    waiter.join(20)

    assert woken.is_set()


def test_whoever_stops_it_a_second_time_waits_for_what_the_hooks_still_write() -> None:
    ran: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go_on.wait(30)
        ran.append("written")

    shutdown.on_stop(slow)
    first = threading.Thread(target=shutdown.stop)
    first.start()
    begun.wait(30)
    threading.Timer(0.05, go_on.set).start()
    shutdown.stop()
    ran.append("over")
    first.join()

    assert ran == ["written", "over"]
