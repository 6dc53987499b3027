"""The list of hosts: who matches, in which order, and that Python and database mean the same state."""

from __future__ import annotations

import pytest

from fleet.db import Transaction, write
from fleet.models import host
from tests.support.application import connected
from tests.support.hosts import METRICS, begin, make_host, order


@pytest.fixture(autouse=True)
def hosts() -> None:
    """One of every kind."""
    write(make_hosts)


def make_hosts(tx: Transaction) -> None:
    make_host(tx, "web-01", tags=["web", "docker"])
    make_host(tx, "web-02", tags=["web"], os="Ubuntu 24.04", ip="10.0.4.2")
    make_host(tx, "full-01", metrics=METRICS | {"disk_percent": 91.5})
    make_host(tx, "tight-01", metrics=METRICS | {"mem_percent": 99})
    make_host(tx, "gone-01", connection="offline", metrics=METRICS | {"disk_percent": 99})
    make_host(tx, "new-01", connection="unknown")
    make_host(tx, "odd-01", metrics={"cpu_percent": "much", "disk_percent": -3, "mem_percent": True})
    make_host(tx, "bare-01", metrics=None)
    busy = make_host(tx, "busy-01", tags=["100%", "a_b"])
    begin(tx, busy, order(tx, busy))
    order(tx, busy)


def named(text: str) -> set[str]:
    with connected() as connection:
        return {each.name for each in host.page(connection, host.parse(text), 100)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tag:web", {"web-01", "web-02"}),
        ("tag:we", set()),
        ("tag:web and not os:debian", {"web-02"}),
        ("tag:web and (os:debian or ip:10.0.4)", {"web-01", "web-02"}),
        ("WEB-0", {"web-01", "web-02"}),
        ("10.0.4.2", {"web-02"}),
        ("tag:100%", {"busy-01"}),
        ("tag:a_b", {"busy-01"}),
        ("name:%", set()),
        ("not os:debian name:new", {"new-01"}),  # what is not known of a host is not said of it
        ("version:0.1 name:web", {"web-01", "web-02"}),
        ("arch:x86_64 host:full", {"full-01"}),
        ("state:offline", {"gone-01", "new-01"}),
        ("state:warning", {"full-01", "tight-01"}),
        ("state:active", {"busy-01"}),
        ("state:idle name:web", {"web-01", "web-02"}),
    ],
)
def test_an_expression_finds_the_hosts_that_it_describes(text: str, names: set[str]) -> None:
    assert named(text) == names


def test_database_and_page_mean_the_same_state() -> None:
    with connected() as connection:
        everyone = host.page(connection, None, 100)
        for state in ("offline", "warning", "active", "idle"):
            by_page = {each.id for each in everyone if each.state == state}
            wanted = host.parse(f"state:{state}")
            assert {each.id for each in host.page(connection, wanted, 100)} == by_page
            assert host.matching(connection, wanted, [each.id for each in everyone]) == by_page
            assert host.counts_by_state(connection, None)[state] == len(by_page) == host.count(connection, wanted)


def test_who_is_not_well_comes_first_then_by_name() -> None:
    with connected() as connection:
        names = [each.name for each in host.page(connection, None, 100)]
        fullest = [each.name for each in host.page(connection, None, 2, 0, "disk")]

    assert names[:4] == ["full-01", "tight-01", "gone-01", "new-01"]
    assert names[4:] == ["busy-01", "bare-01", "odd-01", "web-01", "web-02"]
    assert fullest == ["gone-01", "full-01"]


def test_what_a_host_says_of_itself_is_taken_for_what_it_can_mean() -> None:
    with connected() as connection:
        found = {each.name: each for each in host.page(connection, None, 100)}

    assert [found["odd-01"].percent(name) for name in ("cpu_percent", "disk_percent", "mem_percent")] == [None] * 3
    assert (found["odd-01"].uptime, found["bare-01"].uptime) == (None, None)
    assert found["web-01"].percent("cpu_percent") == 12.4
    assert found["full-01"].full == "disk 92 %"
    assert found["busy-01"].running == 1
