"""Where a notice may go: never into the house, whatever its name stands for now or later."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from fleet.couriers import targets
from fleet.couriers.parcel import Undelivered
from fleet.couriers.posting import post
from fleet.errors import Invalid
from tests.support.receivers import receiving

INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "fec0::1",
    "2001::1",
    "64:ff9b:1::1",
    "192.88.99.1",
    "febf::1",
    "feff::1",
    "100::1",
    "100:0:0:1::1",
    "5f00::1",
    "3fff::1",
    "4000::1",
    "fd12:3456:789a::1",
    "fe80::1%1",
    "2606:4700:4700::1111%1",
    # IPv4 addresses in the clothes of IPv6: compatible, mapped, translated, 6to4, Teredo, NAT64, ISATAP.
    "::127.0.0.1",
    "::10.0.0.1",
    "::1.1.1.1",
    "::ffff:0:127.0.0.1",
    "::ffff:0:1.1.1.1",
    "2002:101:101::",
    "2001:0:101:101::fefe:fefe",
    "64:ff9b:1::127.0.0.1",
    "2606:4700::5efe:127.0.0.1",
    "2606:4700::200:5efe:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
]
OUTSIDE = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names stand for the first list of addresses, then for the next; returns what was asked."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(targets, "resolve", resolve)
    return asked


def found(url: str, *listed: str) -> list[str]:
    return targets.addresses(targets.parse(url, listed), listed)


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused_as_such_and_behind_a_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(Invalid):
        targets.parse(f"https://{literal}/hook", ())
    resolving(monkeypatch, [address])
    with pytest.raises(Undelivered) as refusal:
        found("https://example.com/hook")
    assert refusal.value.final


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_let_through(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolving(monkeypatch, [address])

    assert found("https://example.com/hook") == [address]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST."])
def test_names_of_loopback_are_refused_by_what_they_stand_for(host: str) -> None:
    with pytest.raises(Undelivered) as refusal:
        found(f"https://{host}/")
    assert refusal.value.final


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.1",
        "017700000001",
        "1.1.1.1.1",
        "256.1.1.1",
        "example.0x1",
        "0x",
        "127.0.0.1..",
        "127%2e0%2e0%2e1",
        "[v1.fe80]",
        "[fe80::1%25lo]",
        "[2606:4700:4700::1111%25lo]",
        "-a.example",
        "a..example",
        "exa,mple.com",
    ],
)
@pytest.mark.parametrize("listed", [(), ("127.0.0.0/8",)])
def test_unusual_spellings_of_hosts_are_refused_at_entry(host: str, listed: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        targets.parse(f"https://{host}/hook", listed)
    assert (refusal.value.code, refusal.value.details["field"]) == ("INVALID_TARGET", "target")


def test_usual_hosts_are_taken() -> None:
    for host in (
        "example.com",
        "Example.COM.",
        "a-b.c_d.example",
        "xn--bcher-kva.example",
        "1und1.example",
        "hook",
        "1.1.1.1",
    ):
        assert targets.parse(f"https://{host}/hook", ()).path == "/hook"


def test_what_an_administrator_lists_is_allowed_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["10.0.0.7", "10.9.9.9", "::ffff:10.0.0.8"])

    assert found("https://hooks.test/", "10.0.0.0/24") == ["10.0.0.7", "::ffff:10.0.0.8"]
    assert len(found("https://Hooks.test/", "hooks.test")) == 3
    with pytest.raises(Undelivered):
        found("https://other.test/", "hooks.test")


def test_http_goes_to_listed_places_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid):
        targets.parse("http://example.com/hook", ())
    resolving(monkeypatch, ["1.1.1.1"])
    with pytest.raises(Undelivered):
        found("http://example.com/hook", "10.0.0.0/8")
    assert found("http://example.com/hook", "example.com") == ["1.1.1.1"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "ftp://example.com/",
        "https://",
        "https:///x",
        "https://user:secret@example.com/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://example.com/#top",
        "javascript:alert(1)",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
        "https://ex\u00e4mple.com/",
        "//example.com/",
        "https://[::1/",
        "https://example.com/" + "x" * 1000,
        "file:///etc/passwd",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        targets.parse(url, ())


def test_a_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: checked as a public address, and 127.0.0.1 when it is looked up again."""
    with receiving("127.0.0.2") as good, receiving("127.0.0.1", good.port) as canary:
        asked = resolving(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
        assert post(f"http://rebind.test:{good.port}/hook", b"{}", {}, ("127.0.0.2",)) == 200

        assert asked == ["rebind.test"]
        assert len(good.got) == 1
        assert good.got[0].headers["host"] == f"rebind.test:{good.port}"
        assert canary.got == []


def test_of_several_addresses_only_the_allowed_ones_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving("127.0.0.2") as good, receiving("127.0.0.1", good.port) as canary:
        resolving(monkeypatch, ["127.0.0.1", "127.0.0.3", "127.0.0.2"])
        listed = ("127.0.0.2", "127.0.0.3")

        assert post(f"http://many.test:{good.port}/", b"{}", {}, listed) == 200, "the second one that may be"
        assert canary.got == []


def test_a_name_that_nobody_has_may_have_an_address_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Callable[[], None]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(targets, "resolve", fails)
    with pytest.raises(Undelivered) as refusal:
        found("https://nobody.test/")
    assert not refusal.value.final
