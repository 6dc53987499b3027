"""Where a notice may be sent: never into this house or its network unless an administrator lists it (security.md 14).

A name is looked up once; what it stands for is checked, and the connection is
made to exactly the address that was checked. So a name that stands for another
address the next time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from fleet.couriers.parcel import Undelivered
from fleet.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
URL_LONGEST = 1000
# A host name of the internet's, lower or upper case; what the resolver is never asked for is refused at entry.
NAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE
)
# Resolvers take a host whose last part is a number for an IPv4 address: 2130706433, 0x7f.1, 0177.0.0.1.
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
# All that was ever handed out of IPv6 to be reached from everywhere (IANA); what is elsewhere is not global.
GLOBAL = ipaddress.ip_network("2000::/3")
# What Python's `is_global` lets through, in some of its versions or in all: IANA's special registries, tunnels
# whose address holds another one (Teredo in 2001::/23, 6to4), and the host of a cloud (Azure) that hands out
# credentials under a public number.
NEVER = tuple(
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# IPv6 addresses that lead to the IPv4 address in their last 32 bits, and to nothing else.
MAPPED = ipaddress.ip_network("::ffff:0:0/96")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# The two middle groups of an ISATAP address (RFC 5214), whose last 32 bits are an IPv4 address.
ISATAP = (0x00005EFE, 0x02005EFE)
resolve = socket.getaddrinfo


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart."""

    tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def parse(url: str, listed: tuple[str, ...]) -> Target:
    """The target that `url` names. Raises Invalid, for what is not https and not listed too."""
    parts = split(url)
    host = written(str(parts.hostname))
    if "[" in parts.netloc and not isinstance(literal(host), ipaddress.IPv6Address):
        raise invalid(NO_HOST)
    tls = parts.scheme == "https"
    if not tls and not may_be_plain(host, listed):
        raise invalid("Only https goes anywhere; http where an administrator lists the host in notice_targets.")
    address = literal(host)
    if address is not None and not allowed(address, host, listed):
        raise invalid(REFUSED)
    query = f"?{parts.query}" if parts.query else ""
    return Target(tls, host, parts.port or (443 if tls else 80), f"{parts.path or '/'}{query}")


NO_HOST = "This is no host: a name is, or an address in its usual form such as 192.0.2.1 or [2001:db8::1]."
REFUSED = "This address is not a public one; an administrator can list it in notice_targets."


def split(url: str) -> SplitResult:
    """A URL's parts. Raises Invalid for what is none, or holds a password."""
    printable = url.isascii() and url.isprintable() and " " not in url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid("This is not a web address.") from None
    if not printable or len(url) > URL_LONGEST or parts.scheme not in ("https", "http") or not parts.hostname:
        raise invalid("A web address is needed, such as https://example.com/hook (ASCII, at most 1000 characters).")
    if "@" in parts.netloc or parts.fragment or port == 0:
        raise invalid("The address may have neither a user, nor a password, nor a fragment.")
    return parts


def written(host: str) -> str:
    """A host without the dot at its end. Raises Invalid for what is neither a name nor an address as usually written."""
    host = host.removesuffix(".")
    if literal(host) is None and (NUMBER.fullmatch(host) or not NAME.fullmatch(host)):
        raise invalid(NO_HOST)
    return host


def invalid(sentence: str) -> Invalid:
    """The error for a target that cannot be one."""
    return Invalid("INVALID_TARGET", sentence, field="target")


def literal(host: str) -> Address | None:
    """The address that `host` is written as, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def addresses(target: Target, listed: tuple[str, ...]) -> list[str]:
    """The addresses of a target that may be connected to, in order. Raises Undelivered when there are none."""
    try:
        resolved = resolve(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Undelivered(f"There is no address for {target.host[:200]}.") from error
    every = list(dict.fromkeys(str(entry[4][0]) for entry in resolved))
    good = [each for each in every if allowed(ipaddress.ip_address(each), target.host, listed)]
    if not good:
        raise Undelivered(REFUSED, final=True)
    if not target.tls and not named(target.host, listed):
        # For http it is not enough that an address is public: it must be a listed one.
        good = [each for each in good if in_network(ipaddress.ip_address(each), listed)]
    if not good:
        raise Undelivered("Only https goes anywhere that is not listed in notice_targets.", final=True)
    return good


def allowed(address: Address, host: str, listed: tuple[str, ...]) -> bool:
    """Whether a connection may be made: to a global address, or where an administrator says so."""
    return named(host, listed) or in_network(address, listed) or public(address)


def public(address: Address) -> bool:
    """True for an address of the open internet that leads to no other address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address in MAPPED or address in NAT64:
            return public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in GLOBAL or (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
            return False
    return address.is_global and not address.is_multicast and not any(address in each for each in NEVER)


def named(host: str, listed: tuple[str, ...]) -> bool:
    """Whether an administrator lists this very name."""
    return host.lower() in listed


def in_network(address: Address, listed: tuple[str, ...]) -> bool:
    """Whether an administrator lists a network that holds the address."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in network for network in map(network_of, listed) if network is not None)


def network_of(word: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network that a word of the list is, or None for a name."""
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        return None


def may_be_plain(host: str, listed: tuple[str, ...]) -> bool:
    """Whether http may be asked for: a listed name or address, or a name where networks are listed."""
    address = literal(host)
    if address is not None:
        return named(host, listed) or in_network(address, listed)
    return named(host, listed) or any(network_of(word) is not None for word in listed)
