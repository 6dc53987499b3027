"""Where a server is, and how to connect to it with a token."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Address:
    """A server's URL and the token for it. Raises ValueError for what is no address, or no token."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        try:
            good = self._parts.scheme in ("http", "https") and self._parts.hostname and self._parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ValueError(f"{self.url} is not the address of a server")
        if not (self.token.isascii() and (self.token.isprintable())):
            raise ValueError("the token holds characters that no token has")

    @property
    def _parts(self) -> Any:
        return urlsplit(self.url if "//" in self.url else f"http://{self.url}")

    @property
    def secure(self) -> bool:
        """Whether it is asked in TLS."""
        return bool(self._parts.scheme == "https")

    def by(self, scheme: str) -> str:
        """The same place by another scheme, as somebody would type it."""
        return f"{scheme}://{self._parts.netloc}{self.base}"

    @property
    def host(self) -> str:
        """The server's host name."""
        return str(self._parts.hostname)

    @property
    def port(self) -> int:
        """The server's port."""
        return int(self._parts.port or (443 if self.secure else 80))

    @property
    def base(self) -> str:
        """What every path begins with: empty, or where a proxy has put Fleet."""
        return str(self._parts.path).rstrip("/")

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        """A connection that is not open yet; `timeout` is in seconds."""
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        return kind(self.host, self._parts.port, timeout=timeout)

    def headers(self, **more: str) -> dict[str, str]:
        """The token, if there is one, and `more`."""
        return {"Authorization": f"Bearer {self.token}", **more} if self.token else more
