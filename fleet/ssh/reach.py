"""Where a deployment may go: into any network, private ones too, never to this machine or what only it may ask."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
# Hosts of clouds that hand out credentials, under numbers that are neither loopback nor link-local.
METADATA = frozenset(ipaddress.ip_address(each) for each in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254"))


class Unreachable(ValueError):
    """No address, or none that may be connected to; in words for who asked."""


def is_host(text: str) -> bool:
    """True for a host's name or an address as usually written: never an option of a program."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return NAME.fullmatch(text) is not None
    return True


def is_user(text: str) -> bool:
    """True for the name of a user of another system."""
    return USER.fullmatch(text) is not None


def reachable(host: str, port: int, listed: Sequence[str]) -> str:
    """The address to connect to; names are looked up once, and what was checked is used. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"There is no address for {host}.") from error
    every = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    good = [each for each in every if allowed(ipaddress.ip_address(each), host, listed)]
    if not good:
        raise Unreachable(
            f"{host} is this machine itself, or an address that only machines may ask; "
            "an administrator can list it in deploy_targets."
        )
    return good[0]


def allowed(address: Address, host: str, listed: Sequence[str]) -> bool:
    """Whether an address may be connected to (security.md 14)."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if host.lower() in listed or any(mapped in network for network in networks(listed)):
        return True
    kinds = (mapped.is_loopback, mapped.is_link_local, mapped.is_multicast, mapped.is_unspecified, mapped.is_reserved)
    return not any(kinds) and mapped not in METADATA


def networks(listed: Sequence[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The networks among the words of a list; the others are names."""
    found = []
    for word in listed:
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError:
            continue
    return found
