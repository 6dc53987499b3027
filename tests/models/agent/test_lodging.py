"""A coding agent's host is a hint: the one enrolled host that has its hostname and its address."""

from __future__ import annotations

from typing import Any

from fleet.db import db, write
from fleet.models import agent, agent_removal, host
from fleet.models.agent import editable
from fleet.models.ids import new_id

PLACE = {"hostname": "web-01", "machine_address": "10.0.0.5"}


def beats(**more: str) -> str:
    values = PLACE | {"repo_path": f"/srv/{new_id('x')}"} | more
    return str(write(lambda tx: agent.heartbeat(tx, values, None)).id)


def enrolled(**more: Any) -> str:
    values = {"name": "web", "worktree": "/", "kind": "host"} | more
    return str(write(lambda tx: editable.create(tx, values)).id)


def connects(host_id: str, hostname: str = "web-01", address: str = "10.0.0.5", session: str | None = None) -> str:
    hello = host.Hello(hostname, session, {"ip": address}, [])
    given = write(lambda tx: host.greet(tx, host_id, hello))
    assert given is not None
    return given


def lodges(agent_id: str) -> str | None:
    with db.engine.connect() as connection:
        host_id: str | None = agent.find(connection, agent_id).host_id
    return host_id


def test_an_agent_that_beats_where_a_host_is_lodges_there() -> None:
    there = enrolled(**PLACE)

    assert lodges(beats()) == there
    assert lodges(beats(machine_address="10.0.0.6")) is None
    assert lodges(beats(hostname="web-02")) is None


def test_a_host_that_connects_takes_in_who_beats_there_already() -> None:
    one, elsewhere = beats(), beats(hostname="web-02")
    there = enrolled()
    assert lodges(one) is None
    connects(there)

    assert (lodges(one), lodges(elsewhere)) == (there, None)


def test_a_host_that_was_enrolled_with_its_place_takes_them_in_when_it_connects() -> None:
    one = beats()
    there = enrolled(**PLACE)
    connects(there)

    assert lodges(one) == there


def test_two_hosts_at_one_place_are_none_until_one_of_them_goes() -> None:
    one = beats()
    first, second = enrolled(), enrolled()
    connects(first)
    session = connects(second)
    assert (lodges(one), lodges(beats())) == (None, None)

    connects(second, address="10.0.0.9", session=session)
    assert lodges(one) == first
    write(lambda tx: agent_removal.remove(tx, first))
    assert lodges(one) is None


def test_a_report_tells_the_place_as_a_link_does() -> None:
    one, there = beats(), enrolled()
    said = host.Report("web-01", None, "10.0.0.5", {})
    write(lambda tx: host.report(tx, there, said, describes=True))

    assert lodges(one) == there


def test_another_coding_agent_at_the_same_place_is_no_host() -> None:
    beats()

    assert lodges(beats()) is None
