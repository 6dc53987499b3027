"""Addresses as they are counted."""

from __future__ import annotations

import ipaddress

from flask import Request

from fleet.web.framework.proxies import SAID


def network_of(address: str) -> str:
    """An address as it is counted: anybody who has one IPv6 address has its whole /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def from_loopback(asked: Request) -> bool:
    """Whether the caller is on this machine; what a proxy on it passed on may come from anywhere."""
    if SAID in asked.environ:
        return False
    try:
        return ipaddress.ip_address(asked.remote_addr or "").is_loopback
    except ValueError:
        return False
