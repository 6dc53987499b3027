"""How a setting's text becomes its value.

Every function takes what a flag, a variable or the YAML file said and returns
the value, or raises ValueError with a phrase that says what is allowed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

DATABASE_SCHEMES = ("sqlite",)
BUS_SCHEMES = ("memory",)
LOG_LEVELS = ("trace", "debug", "info", "warn", "error")
UNITS_OF_TIME = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
UNITS_OF_SIZE = {"": 1, "b": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)


def text(raw: object) -> str:
    """A string without outer spaces; numbers from YAML count as their text."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError("a text")
    return str(raw).strip()


def truth(raw: object) -> bool:
    """A yes or no, as YAML, shells and people write it."""
    word = str(raw).strip().lower()
    if word in {"true", "yes", "on", "1"}:
        return True
    if word in {"false", "no", "off", "0"}:
        return False
    raise ValueError("true or false")


def whole(least: int, most: int) -> Callable[[object], int]:
    """A whole number from `least` to `most`."""

    def parse(raw: object) -> int:
        digits = text(raw)
        if not re.fullmatch(r"[0-9]{1,18}", digits) or not least <= int(digits) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(digits)

    return parse


def _measured(raw: object, units: dict[str, int], allowed: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12})\s*([a-z]*)", text(raw).lower())
    if match is None or match[2] not in units or int(match[1]) == 0:
        raise ValueError(allowed)
    return int(match[1]) * units[match[2]]


def duration(raw: object) -> int:
    """A positive length of time in whole seconds: `90`, `90s`, `15m`, `24h`, `30d`."""
    return _measured(raw, UNITS_OF_TIME, "a length of time such as 90, 90s, 15m, 24h or 30d")


def size(raw: object) -> int:
    """A positive number of bytes: `1048576`, `512KiB`, `1MiB`."""
    return _measured(raw, UNITS_OF_SIZE, "a number of bytes such as 1048576, 512KiB or 1MiB")


def log_level(raw: object) -> str:
    """One of LOG_LEVELS, in any case; `warning` is taken for `warn`."""
    word = text(raw).lower()
    word = "warn" if word == "warning" else word
    if word not in LOG_LEVELS:
        raise ValueError(f"one of {', '.join(LOG_LEVELS)}")
    return word


def host(raw: object) -> str:
    """A name or an address to listen on, without a port."""
    word = text(raw).removeprefix("[").removesuffix("]")
    if not (_is_address(word) or HOST_NAME.fullmatch(word)):
        raise ValueError("a host name or an IP address, without a port")
    return word


def database(raw: object) -> str:
    """A file's path or sqlite:///path; never in memory, where it would end with the process."""
    word = text(raw)
    scheme, separator, rest = word.partition("://")
    if separator and (scheme not in DATABASE_SCHEMES or not rest.startswith("/")):
        raise ValueError("a file path or sqlite:///path")
    path = rest.removeprefix("/") if separator else word
    if not path or ":memory:" in path or "?" in path or "\0" in path:
        raise ValueError("a file path or sqlite:///path, without parameters and not in memory")
    return word


def choice(*words: str) -> Callable[[object], str]:
    """One of `words`; YAML's `off` arrives as a false."""

    def parse(raw: object) -> str:
        word = "off" if raw is False else text(raw).lower()
        if word not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return word

    return parse


def file(raw: object) -> str:
    """A file's absolute path, or nothing; whether it can be read is found out by who reads it."""
    word = text(raw)
    return str(Path(word).expanduser().absolute()) if word else ""


def bus(raw: object) -> str:
    """Where processes wake each other; `memory://` is one process."""
    word = text(raw)
    if word.partition("://")[0] not in BUS_SCHEMES or "://" not in word:
        raise ValueError(" or ".join(f"{scheme}://" for scheme in BUS_SCHEMES))
    return word


def origin(raw: object) -> str:
    """`https://name` or `http://name:port`, lower case, without a path."""
    parts = urlsplit(text(raw).rstrip("/"))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ValueError("an origin such as https://fleet.example.com")
    if parts.path or parts.query or parts.fragment:
        raise ValueError("an origin without a path, such as https://fleet.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def public_url(raw: object) -> str:
    """An origin, or nothing; a path belongs in base_path."""
    return origin(raw) if text(raw) else ""


def base_path(raw: object) -> str:
    """Nothing, or a path with a leading and without a trailing slash."""
    word = text(raw).strip("/")
    if word and not re.fullmatch(r"[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*", word):
        raise ValueError("a path such as /fleet")
    return f"/{word}" if word else ""


def network(raw: object) -> str:
    """An IP address or a network such as 10.0.0.0/8."""
    try:
        return str(ipaddress.ip_network(text(raw))).removesuffix("/32").removesuffix("/128")
    except ValueError:
        raise ValueError("IP addresses or networks such as 10.0.0.0/8") from None


def place(raw: object) -> str:
    """A host's name in lower case, an address or a network."""
    word = text(raw)
    try:
        return network(word)
    except ValueError:
        pass
    if not HOST_NAME.fullmatch(word):
        raise ValueError("host names, IP addresses or networks such as 10.0.0.0/8")
    return word.lower().rstrip(".")


def mail_server(raw: object) -> str:
    """Nothing, or `smtp://user:password@host:587?starttls` or `smtps://…`; a password travels encrypted only."""
    word = text(raw)
    allowed = "smtp://user:password@host:587?starttls or smtps://user:password@host, with %40 for an @"
    if not word:
        return ""
    try:
        parts = urlsplit(word)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(allowed) from None
    whole = parts.scheme in {"smtp", "smtps"} and port != 0 and (_is_address(host) or HOST_NAME.fullmatch(host))
    if not whole or parts.path.strip("/") or parts.fragment or parts.query not in {"", "starttls"}:
        raise ValueError(allowed)
    if parts.password and parts.scheme == "smtp" and not parts.query and not is_loopback(host):
        raise ValueError(f"{allowed}; with a password it must be smtps or end in ?starttls")
    return word


def mail_address(raw: object) -> str:
    """Nothing, or an address, with a name before it or without: `Fleet <fleet@example.com>`."""
    word = text(raw)
    if word and not re.fullmatch(r"(?:[^<>@\r\n]* )?<?[^<>@\s]+@[^<>@\s]+>?", word):
        raise ValueError("an address such as fleet@example.com or Fleet <fleet@example.com>")
    return word


def several(parse: Callable[[object], str]) -> Callable[[object], tuple[str, ...]]:
    """A YAML list, or a text with commas, of what `parse` takes."""

    def parse_each(raw: object) -> tuple[str, ...]:
        items: Sequence[object] = raw if isinstance(raw, list | tuple) else text(raw).split(",")
        return tuple(parse(item) for item in items if str(item).strip())

    return parse_each


def is_loopback(name: str) -> bool:
    """Whether what listens on `name` can be reached from this machine only."""
    return name.lower() == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True
