"""The machine's own addresses and names: what others can call, found when it is asked for."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fleet import addresses
from fleet.addresses import Interface

SOME = (
    Interface("lo", "127.0.0.1"),
    Interface("docker0", "172.17.0.1"),
    Interface("eth1", "10.9.8.7"),
    Interface("eth0", "192.168.1.20"),
    Interface("eth2", "169.254.3.4"),
)
SOME_V6 = (Interface("lo", "::1"), Interface("eth0", "fe80::1"), Interface("eth0", "2001:db8:1::20"))


@pytest.fixture(autouse=True)
def looked_at_anew() -> Iterator[None]:
    for found in (addresses.addresses, addresses.names):
        found.forget()
    yield
    for found in (addresses.addresses, addresses.names):
        found.forget()


def interfaces(
    monkeypatch: pytest.MonkeyPatch,
    v4: Sequence[Interface],
    v6: Sequence[Interface] = (),
    outward: str = "192.168.1.20",
) -> None:
    monkeypatch.setattr(addresses, "interfaces_v4", lambda: iter(v4))
    monkeypatch.setattr(addresses, "interfaces_v6", lambda: iter(v6))
    monkeypatch.setattr(addresses, "source", lambda family: outward if family == socket.AF_INET else "")


def named(monkeypatch: pytest.MonkeyPatch, name: str, full: str) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    monkeypatch.setattr(socket, "getfqdn", lambda _: full)


def test_what_others_can_call_is_found_and_the_way_out_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces(monkeypatch, SOME, SOME_V6)

    assert addresses.reachable("0.0.0.0") == ["192.168.1.20", "10.9.8.7", "172.17.0.1"]
    assert addresses.reachable("::") == ["2001:db8:1::20"]
    assert addresses.shown("0.0.0.0") == "192.168.1.20"
    assert addresses.shown("::") == "2001:db8:1::20"


def test_a_machine_without_a_network_is_reached_from_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces(monkeypatch, SOME[:1], SOME_V6[:2], outward="")

    assert (addresses.reachable("0.0.0.0"), addresses.shown("0.0.0.0")) == ([], "localhost")
    assert (addresses.reachable("::"), addresses.shown("::")) == ([], "::1")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"])
def test_nobody_else_reaches_what_listens_on_loopback(host: str) -> None:
    assert (addresses.reachable(host), addresses.shown(host)) == ([], host)


@pytest.mark.parametrize("host", ["192.168.1.20", "2001:db8::7", "mybox.example.org"])
def test_what_listens_on_one_address_is_reached_there(host: str) -> None:
    assert (addresses.reachable(host), addresses.shown(host)) == ([host], host)


def test_an_address_that_changes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(addresses.time, "monotonic", lambda: now)
    interfaces(monkeypatch, [Interface("eth0", "192.168.1.20")])
    assert addresses.shown("0.0.0.0") == "192.168.1.20"

    interfaces(monkeypatch, [Interface("eth0", "192.168.1.99")])
    assert addresses.shown("0.0.0.0") == "192.168.1.20"
    now += addresses.FRESH
    assert addresses.shown("0.0.0.0") == "192.168.1.99"


@pytest.mark.parametrize(
    ("name", "full", "names"),
    [
        ("mybox", "mybox", {"mybox", "mybox.local"}),
        ("MyBox", "mybox.lan.example.org.", {"mybox", "mybox.local", "mybox.lan.example.org"}),
        ("mybox.example.org", "mybox.example.org", {"mybox", "mybox.local", "mybox.example.org"}),
        ("mybox", "localhost.localdomain", {"mybox", "mybox.local"}),
        ("mybox", "evil.example", {"mybox", "mybox.local"}),
        ("mybox", "myboxer.example", {"mybox", "mybox.local"}),
        ("localhost", "localhost", set()),
        ("", "evil.example", set()),
    ],
)
def test_the_machines_names_are_its_own(monkeypatch: pytest.MonkeyPatch, name: str, full: str, names: set[str]) -> None:
    named(monkeypatch, name, full)

    assert addresses.names() == names


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert [addresses.url_host(host) for host in ("::1", "10.0.0.1", "mybox")] == ["[::1]", "10.0.0.1", "mybox"]


def test_addresses_of_version_6_that_are_not_in_use_do_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "if_inet6"
    lines = ["00000000000000000000000000000001 01 80 10 80       lo"]
    lines += [
        f"fd00000000000000000000000000000{n} 02 40 00 {flags}     eth0"
        for n, flags in enumerate(["80", "c0", "a0", "88"])
    ]
    table.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(addresses, "IF_INET6", table)
    assert list(addresses.interfaces_v6()) == [Interface("lo", "::1"), Interface("eth0", "fd00::")]

    monkeypatch.setattr(addresses, "IF_INET6", tmp_path / "none")
    assert list(addresses.interfaces_v6()) == []


def test_this_machines_own_are_addresses() -> None:
    assert "127.0.0.1" in {each.address for each in addresses.interfaces_v4()}
    for address in addresses.addresses():
        assert not ipaddress.ip_address(address).is_loopback
    assert all(name == name.lower() and name for name in addresses.names())
