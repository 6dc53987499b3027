"""One loop watches many descriptors: their owner is told what happened, and of nothing that was let go."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import gevent

from fleet.descriptors import GONE, READABLE, WRITABLE, Descriptors

Told = list[tuple[int, int]]


class Watched:
    """A loop that watches, what it told, and two sockets that are each other's ends."""

    def __init__(self) -> None:
        self.told: Told = []
        self.closed = False
        self.descriptors = Descriptors(lambda fd, events: self.told.append((fd, events)), lambda: self.closed)
        self.mine, self.theirs = socket.socketpair()
        self.fd = self.mine.fileno()


def watched(work: Callable[[Watched], None]) -> None:
    """Do something beside a loop, in a thread: gevent's hub is that thread's, and ends with it."""

    def run() -> None:
        there = Watched()
        try:
            assert there.descriptors.start()
            work(there)
        finally:
            there.closed = True
            there.mine.close()
            there.theirs.close()
            gevent.get_hub().destroy(destroy_loop=True)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result(20)


def turn(until: Callable[[], object]) -> None:
    """Let the loop go round until something is true, ten seconds at most."""
    for _ in range(10_000):
        if until():
            return
        gevent.sleep(0.001)
    raise AssertionError("it did not come")


def test_a_descriptor_is_told_of_when_it_can_be_read_and_not_once_it_was_removed() -> None:
    def work(it: Watched) -> None:
        it.descriptors.add(it.fd, READABLE)
        it.theirs.send(b"x")
        turn(lambda: it.told)
        assert set(it.told) == {(it.fd, READABLE)}
        it.descriptors.remove(it.fd)
        it.told.clear()
        gevent.sleep(0.05)
        assert it.told == []
        it.descriptors.remove(it.fd)  # once more is no error

    watched(work)


def test_room_to_write_is_told_only_to_who_asks_for_it() -> None:
    def work(it: Watched) -> None:
        it.descriptors.add(it.fd, 0)
        gevent.sleep(0.05)
        assert it.told == []
        it.descriptors.change(it.fd, WRITABLE)
        turn(lambda: (it.fd, WRITABLE) in it.told)

    watched(work)


def test_the_end_of_the_other_side_is_told_to_everybody() -> None:
    def work(it: Watched) -> None:
        it.descriptors.add(it.fd, 0)
        it.theirs.close()
        turn(lambda: it.told)
        assert it.told[0][0] == it.fd
        assert it.told[0][1] & GONE

    watched(work)


def test_one_loop_is_enough() -> None:
    def work(it: Watched) -> None:
        assert not it.descriptors.start()
        it.descriptors.add(it.fd, READABLE)
        it.theirs.send(b"x")
        turn(lambda: it.told)

    watched(work)
