"""Where the Fleet is, and whether a key may be shown to what answers there."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from fleet.daemon.errors import Trouble


class Address(NamedTuple):
    """A server: `base` is the path below which it lies, without its last slash."""

    secure: bool
    host: str
    port: int
    base: str

    @property
    def name(self) -> str:
        """Host and port as a URL has them, the usual port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """As a person writes it."""
        return f"{'https' if self.secure else 'http'}://{self.name}{self.base}"


def parse(url: str, plaintext: bool = False) -> Address:
    """The address in a URL. Raises Trouble, for one without TLS too, unless it is loopback or `plaintext` is said."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Trouble(f'"url" is not an address: {error}.') from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Trouble('"url" has to be like https://fleet.example.com.')
    if parts.username is not None or parts.query or parts.fragment:
        raise Trouble('"url" must hold neither a name and password, nor a query: secrets never travel in it.')
    if not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        raise Trouble('"url" holds characters that no address has.')
    secure = parts.scheme == "https"
    if not secure and not plaintext and not is_loopback(parts.hostname):
        raise Trouble(
            f"{parts.scheme}://{parts.hostname} is not encrypted: whoever is on the way reads the key and every"
            ' command. Use https, or say "plaintext": true (--plaintext) if that is meant.'
        )
    return Address(secure, parts.hostname, port or (443 if secure else 80), parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """True for this machine itself, by its names or addresses."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
