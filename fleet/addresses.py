"""The machine's own addresses and names, by which others may reach what listens on all of its interfaces.

Both may change while Fleet runs (DHCP, a renamed machine), so they are looked up
when they are asked for, and believed for a while.
"""

from __future__ import annotations

import array
import fcntl
import ipaddress
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
FRESH = 30.0  # seconds
IF_INET6 = Path("/proc/net/if_inet6")
# What Linux's `struct ifconf` and `struct ifreq` are on 64 bits (netdevice(7)).
SIOCGIFCONF = 0x8912
IFREQ, IFREQ_MOST = 40, 256
TENTATIVE, DEPRECATED, FAILED = 0x40, 0x20, 0x08
# Networks between this machine and what runs on it: nobody else comes that way, so they are named last.
INNER = ("docker", "br-", "veth", "virbr", "lxc", "lxd", "cni", "podman")
ALL_V4, ALL_V6 = "0.0.0.0", "::"  # noqa: S104  # compared with
# Documentation's own networks (RFC 5737, RFC 3849): a route to them is the one to everywhere, and nothing is sent.
ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


class Interface(NamedTuple):
    """An address of this machine, and the name of the interface that has it."""

    name: str
    address: str


class Fresh(Generic[T]):
    """What a look-up found, for FRESH seconds; who asks while another looks gets what was found before."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._found: T | None = None
        self._until = float("-inf")

    def __call__(self) -> T:
        """What is true now, or was a moment ago."""
        if self._found is None or time.monotonic() >= self._until:
            self._until = time.monotonic() + FRESH
            self._found = self._look()
        return self._found

    def forget(self) -> None:
        """Look again when asked next."""
        self._until = float("-inf")


def reachable(host: str) -> list[str]:
    """The addresses under which others reach what listens on `host`, the likeliest first; none for loopback."""
    if host == ALL_V4:
        return [address for address in addresses() if ":" not in address]
    if host == ALL_V6:
        return [address for address in addresses() if ":" in address]
    with suppress(ValueError):
        return [] if ipaddress.ip_address(host).is_loopback else [host]
    return [] if host.lower() == "localhost" else [host]


def shown(host: str) -> str:
    """One host under which what listens on `host` is reached: from elsewhere if it can be, else from this machine."""
    known = reachable(host)
    if known:
        return known[0]
    return {ALL_V4: "localhost", ALL_V6: "::1"}.get(host, host)


def url_host(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def look_for_addresses() -> tuple[str, ...]:
    """The machine's addresses that mean the same to others: no loopback, none that counts on one cable only."""
    found = [*interfaces_v4(), *interfaces_v6()]
    outward = {source(family) for family in ELSEWHERE}
    others = [each for each in found if usable(each.address)]
    others.sort(key=lambda each: (each.address not in outward, each.name.startswith(INNER)))
    return tuple(dict.fromkeys(each.address for each in others))


def look_for_names() -> frozenset[str]:
    """The machine's names, in lower case: its host name, that in the local network (mDNS), and its full one."""
    name = socket.gethostname().rstrip(".").lower()
    short = name.partition(".")[0]
    if not short or short == "localhost":
        return frozenset()
    # A resolver's word for the whole of it counts only as more of the same name.
    full = socket.getfqdn(name).rstrip(".").lower()
    return frozenset({name, short, f"{short}.local", *([full] if full.startswith(f"{short}.") else [])})


def usable(address: str) -> bool:
    """Whether others can call this address by what is written here."""
    parsed = ipaddress.ip_address(address)
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified or parsed.is_multicast)


def interfaces_v4() -> Iterator[Interface]:
    """Every IPv4 address of an interface that is up."""
    answers = array.array("B", bytes(IFREQ * IFREQ_MOST))
    place, length = answers.buffer_info()
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        filled = fcntl.ioctl(asking, SIOCGIFCONF, struct.pack("iL", length, place))
        for start in range(0, struct.unpack("iL", filled)[0], IFREQ):
            entry = answers[start : start + IFREQ].tobytes()
            yield Interface(entry[:16].partition(b"\0")[0].decode(errors="replace"), socket.inet_ntoa(entry[20:24]))


def interfaces_v6() -> Iterator[Interface]:
    """Every IPv6 address that is in use."""
    with suppress(OSError):
        for line in IF_INET6.read_text().splitlines():
            digits, _, _, _, flags, name = line.split()
            if not int(flags, 16) & (TENTATIVE | DEPRECATED | FAILED):
                yield Interface(name, str(ipaddress.IPv6Address(bytes.fromhex(digits))))


def source(family: socket.AddressFamily) -> str:
    """From which address this machine would call the world; "" when it has no way there."""
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((ELSEWHERE[family], 9))
        return str(asking.getsockname()[0])
    return ""


addresses = Fresh(look_for_addresses)
names = Fresh(look_for_names)
