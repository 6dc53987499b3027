"""Addresses as they are counted."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """An address as it is counted: anybody who has one IPv6 address has its whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
