"""Who really asks, and under which address: what a proxy says counts only when the proxy is trusted.

One small middleware, in front of everything: anybody who comes later reads
REMOTE_ADDR, the scheme and the host name, and need not know of proxies
(security.md 10). It also takes base_path off, so that routes know none.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Set in the environment of a request that a proxy, or somebody who claims to be one, has passed on.
SAID = "fleet.forwarded"
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
)


class Proxies:
    """The application, as seen from the other side of the proxies."""

    def __init__(self, app: Application, trusted: Sequence[str], base_path: str) -> None:
        self._app = app
        self._trusted: list[Network] = [ipaddress.ip_network(text) for text in trusted]
        self._base_path = base_path

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        forwarded = {name: environ.pop(name, "") for name in FORWARDED}
        if any(forwarded.values()):
            environ[SAID] = True
        if self._trusted and self._trusts(address(environ.get("REMOTE_ADDR", ""))):
            self._believe(environ, forwarded)
        if self._base_path:
            self._mount(environ)
        return self._app(environ, start_response)

    def _trusts(self, asking: Address | None) -> bool:
        return asking is not None and any(asking in network for network in self._trusted)

    def _believe(self, environ: Environ, forwarded: dict[str, str]) -> None:
        """Each header's last value is that of the nearest proxy; further ones count while they are trusted."""
        for text in reversed(forwarded["HTTP_X_FORWARDED_FOR"].split(",")):
            asking = address(text.strip())
            if asking is None:
                break
            environ["REMOTE_ADDR"] = str(asking)
            if not self._trusts(asking):
                break
        scheme = last(forwarded["HTTP_X_FORWARDED_PROTO"]).lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        if host := last(forwarded["HTTP_X_FORWARDED_HOST"]):
            environ["HTTP_HOST"] = host  # whether it is ours is checked as for any other (421)

    def _mount(self, environ: Environ) -> None:
        """A proxy may pass base_path on or take it off; both work."""
        path = environ.get("PATH_INFO", "")
        if path == self._base_path or path.startswith(f"{self._base_path}/"):
            environ["PATH_INFO"] = path[len(self._base_path) :] or "/"
        environ["SCRIPT_NAME"] = self._base_path


def last(header: str) -> str:
    """The last of a header's values."""
    return header.rpartition(",")[2].strip()


def address(text: str) -> Address | None:
    """An address, also one with a port or in brackets; None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return mapped or parsed
