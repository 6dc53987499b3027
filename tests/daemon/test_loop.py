"""One thread that waits for descriptors and moments."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from fleet.daemon.loop import READ, WRITE, Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_descriptor_that_is_ready_is_called_back(loop: Loop, pipe: tuple[int, int]) -> None:
    heard: list[tuple[int, bytes]] = []
    loop.watch(pipe[0], lambda events: heard.append((events, os.read(pipe[0], 10))))
    loop.once()
    assert heard == []

    os.write(pipe[1], b"x")
    loop.once(5)
    assert heard == [(READ, b"x")]


def test_watching_again_changes_what_for(loop: Loop, pipe: tuple[int, int]) -> None:
    heard: list[str] = []
    loop.watch(pipe[1], lambda _: heard.append("first"), READ)
    loop.watch(pipe[1], lambda events: heard.append(f"second {events}"), WRITE)
    loop.once(5)

    assert heard == [f"second {WRITE}"]


def test_what_is_no_longer_watched_is_not_called(loop: Loop, pipe: tuple[int, int]) -> None:
    loop.watch(pipe[1], lambda _: pytest.fail("called"), WRITE)
    loop.unwatch(pipe[1])
    loop.unwatch(pipe[1])
    loop.once()


def test_a_callback_may_end_the_watch_of_another_that_is_ready_too(loop: Loop) -> None:
    pipes = [os.pipe() for _ in range(2)]
    heard: list[int] = []

    def first_come(mine: int, other: int) -> None:
        heard.append(mine)
        loop.unwatch(pipes[other][0])
        os.close(pipes[other][0])

    for mine, other in ((0, 1), (1, 0)):
        os.write(pipes[mine][1], b"x")
        loop.watch(pipes[mine][0], lambda _, mine=mine, other=other: first_come(mine, other))
    loop.once(5)

    assert len(heard) == 1
    loop.unwatch(pipes[heard[0]][0])
    for fd in (pipes[0][1], pipes[1][1], pipes[heard[0]][0]):
        os.close(fd)


def test_a_callback_that_watches_a_new_descriptor_of_the_same_number_gets_no_old_news(loop: Loop) -> None:
    """A closed descriptor's number is given to the next: what was ready before is not the new one's."""
    old, new = [os.pipe() for _ in range(2)], []
    heard: list[str] = []

    def replace(other: int) -> None:
        heard.append("old")
        loop.unwatch(old[other][0])
        os.close(old[other][0])
        new.append(os.pipe())
        loop.watch(new[0][0], lambda _: heard.append("new"))

    for mine, other in ((0, 1), (1, 0)):
        os.write(old[mine][1], b"x")
        loop.watch(old[mine][0], lambda _, other=other: replace(other))
    loop.once(5)

    assert heard == ["old"]
    loop.close()


def test_moments_come_in_their_order_and_once(loop: Loop) -> None:
    heard: list[str] = []
    loop.later(0.03, lambda: heard.append("third"))
    loop.later(0.0, lambda: heard.append("first"))
    loop.later(0.01, lambda: heard.append("second"))
    while len(heard) < 3:
        loop.once(None)
    loop.once()

    assert heard == ["first", "second", "third"]


def test_moments_of_the_same_time_come_as_they_were_asked_for(loop: Loop) -> None:
    heard: list[int] = []
    for number in range(20):
        loop.later(0.0, lambda number=number: heard.append(number))
    while len(heard) < 20:
        loop.once(None)

    assert heard == list(range(20))


def test_a_canceled_moment_does_not_come_and_keeps_nobody_waiting(loop: Loop) -> None:
    timers = [loop.later(0.0, lambda: pytest.fail("called")) for _ in range(3)]
    for timer in timers:
        timer.cancel()
    loop.once(0.01)
    assert loop._patience(None) is None


def test_a_moment_that_asks_for_the_next_lets_others_take_their_turn(loop: Loop, pipe: tuple[int, int]) -> None:
    heard: list[str] = []

    def again() -> None:
        heard.append("moment")
        loop.later(0.0, again)

    again()
    os.write(pipe[1], b"x")
    loop.watch(pipe[0], lambda _: heard.append("descriptor"))
    for _ in range(3):
        loop.once()

    assert heard.count("descriptor") == 3
    assert 2 <= heard.count("moment") <= 4


def test_it_runs_until_it_is_stopped(loop: Loop) -> None:
    heard: list[str] = []
    loop.later(0.0, lambda: heard.append("before"))
    loop.later(0.01, loop.stop)
    loop.later(60.0, lambda: heard.append("never"))
    loop.run()

    assert heard == ["before"]


def test_waiting_ends_with_the_span_that_was_named(loop: Loop) -> None:
    loop.later(60.0, lambda: pytest.fail("called"))
    loop.once(0.01)
    assert loop._patience(0.01) == pytest.approx(0.01)
