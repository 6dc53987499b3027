"""Who holds places: one address without a credential has a small share of them.

A connection counts as a stranger's until a request on it has shown a good
credential. Proxies that are trusted bring everybody's connections and are not
counted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, Protocol

SHARE = 10  # one in so many places
LEAST = 16  # a browser opens six connections; and anybody who has few places has few to lose


class Visitor(Protocol):
    """A connection."""

    @property
    def known(self) -> bool:
        """True once a request on it has shown a good credential."""


class Doors:
    """The strangers of one server, by the network that they come from."""

    def __init__(self, places: int, trusted: Sequence[str] = ()) -> None:
        self._most = min(max(LEAST, places // SHARE), max(1, places // 3))
        self._trusted = [ipaddress.ip_network(text) for text in trusted]
        self._strangers: dict[str, set[Visitor]] = {}

    def enter(self, visitor: Visitor, address: Any) -> str | None:
        """Count a connection; returns what to `leave` with, or None when its network holds its share already."""
        network = network_of(address)
        inside = self._strangers.setdefault(network, set())
        if len(inside) >= self._most:
            inside -= {each for each in inside if each.known}
            if len(inside) >= self._most:
                return None
        inside.add(visitor)
        return network

    def leave(self, visitor: Visitor, network: str) -> None:
        """The connection has ended."""
        inside = self._strangers.get(network)
        if inside is not None:
            inside.discard(visitor)
            if not inside:
                self._strangers.pop(network)

    def trusts(self, address: Any) -> bool:
        """True for a proxy of ours."""
        if not self._trusted:
            return False
        try:
            asking = ipaddress.ip_address(address[0])
        except (ValueError, IndexError, TypeError):
            return False
        return any(asking in network for network in self._trusted)


def network_of(address: Any) -> str:
    """Where a connection comes from: its IPv4 address, or the /64 of its IPv6 address."""
    if not isinstance(address, tuple) or not address:
        return ""
    host = str(address[0])
    return ":".join(ipaddress.ip_address(host.partition("%")[0]).exploded.split(":")[:4]) if ":" in host else host
