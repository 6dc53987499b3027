"""One deployment at a time for a machine, and not too many in all; a place is free again once one is over."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from fleet.errors import Conflict, StorageUnavailable, TooManyRequests
from fleet.web.deployments.process import Order, Process
from fleet.web.deployments.processes import RUNNING_MOST, Processes


class Begun(Process):
    """A process that runs until it is told that it is over."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.over = threading.Event()

    def start(self) -> None:
        """Nothing is done."""


def order(address: str, port: int = 22) -> Order:
    return Order(address, port, "root", address, None, address, (), "boss", None, "http://fleet.example")


def begin(processes: Processes, address: str, port: int = 22) -> Process:
    return processes.begin(order(address, port), lambda: Begun(f"dep_{address}_{port}"))


def test_a_machine_is_made_a_host_once_at_a_time() -> None:
    processes = Processes()
    first = begin(processes, "192.0.2.1")

    with pytest.raises(Conflict) as refused:
        begin(processes, "192.0.2.1")
    assert refused.value.code == "DEPLOYMENT_RUNNING"
    begin(processes, "192.0.2.1", 2222)
    assert processes.find("dep_192.0.2.1_22") is first

    first.over.set()
    begin(processes, "192.0.2.1")


def test_whoever_comes_while_the_first_is_being_written_down_is_refused_too() -> None:
    processes = Processes()

    def meanwhile() -> Process:
        with pytest.raises(Conflict):
            begin(processes, "192.0.2.1")
        return Begun("dep_1")

    processes.begin(order("192.0.2.1"), meanwhile)


def test_there_are_so_many_places_and_one_that_could_not_begin_takes_none() -> None:
    processes = Processes()

    def fails() -> Process:
        raise StorageUnavailable("The disk is full", full=True)

    failing: Callable[[], Process] = fails
    for _ in range(RUNNING_MOST + 1):
        with pytest.raises(StorageUnavailable):
            processes.begin(order("192.0.2.1"), failing)
    begun = [begin(processes, f"192.0.2.{number}") for number in range(1, RUNNING_MOST + 1)]

    with pytest.raises(TooManyRequests) as refused:
        begin(processes, "192.0.2.100")
    assert refused.value.retry_after > 0

    begun[0].over.set()
    begin(processes, "192.0.2.100")
