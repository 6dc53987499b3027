"""What blocks is done beside the loop, and what comes of it too late is not forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fleet.daemon.aside import Aside
from fleet.daemon.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


def turn(loop: Loop, until: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not until():
        assert time.monotonic() < end
        loop.once(0.02)


def test_the_loop_goes_on_meanwhile_and_gets_what_came_of_it(loop: Loop) -> None:
    gate, got, ticks = threading.Event(), [], []
    Aside(loop, lambda: gate.wait(10) and threading.get_ident(), got.append)
    loop.later(0.01, lambda: ticks.append(1))
    turn(loop, lambda: ticks)
    assert got == []
    gate.set()
    turn(loop, lambda: got)

    assert got != [threading.get_ident()]


def test_an_error_is_an_outcome(loop: Loop) -> None:
    got: list[Any] = []

    def fail() -> None:
        raise ZeroDivisionError

    Aside(loop, fail, got.append)
    turn(loop, lambda: got)

    assert isinstance(got[0], ZeroDivisionError)


def test_what_is_abandoned_is_dropped_and_never_told_whether_it_comes_later_or_was_there_already(loop: Loop) -> None:
    gate, told, dropped = threading.Event(), [], []

    def late() -> str:
        gate.wait(10)
        return "late"

    one = Aside(loop, late, told.append, dropped.append)
    one.abandon()
    gate.set()
    turn(loop, lambda: dropped)

    ready = threading.Event()
    other = Aside(loop, lambda: ready.set() or "early", told.append, dropped.append)
    ready.wait(10)
    while other._outcome is None:
        time.sleep(0.001)
    other.abandon()
    turn(loop, lambda: len(dropped) == 2)
    for _ in range(3):
        loop.once(0.01)

    assert (told, dropped) == ([], ["late", "early"])
