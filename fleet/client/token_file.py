"""Tokens that commands find by themselves: a file of their user's own, with a token for each server's address.

The first start of a server leaves its administrator's token here, on its own machine; `fleet login` writes one on another.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

# Names of this machine for itself: a server on one of them is found under each.
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def path() -> Path:
    """Where it is (XDG Base Directory Specification); it need not be there."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(configured) if configured.startswith("/") else Path("~/.config").expanduser()
    return folder / "fleet" / "tokens.json"


def found(url: str) -> str:
    """The token for the server at `url`; "" when there is none, or the file cannot be read or is somebody else's."""
    try:
        with path().open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_uid != os.geteuid():
                return ""
            known = json.load(file)
        token = known.get(place(url), "")
    except (OSError, ValueError, AttributeError, RuntimeError):  # the last: nobody knows where this user is at home
        return ""
    return token if isinstance(token, str) else ""


def keep(url: str, token: str) -> Path:
    """Write down the token for the server at `url`, readable by its user only. Raises OSError, ValueError for no URL."""
    at = path()
    at.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known: dict[str, str] = {}
    with suppress(OSError, ValueError):
        before = json.loads(at.read_text(encoding="utf-8"))
        known = before if isinstance(before, dict) else {}
    text = json.dumps(known | {place(url): token}, indent=2)
    # Made under another name (mode 0600), so that nobody ever finds half of it.
    handle, name = tempfile.mkstemp(dir=at.parent, prefix=".tokens-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(at)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return at


def place(url: str) -> str:
    """What a server is known by: scheme, host, port and path. A token goes to no other. Raises ValueError for no URL."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    return f"{parts.scheme}://{'localhost' if host in LOOPBACK else host}:{port}{parts.path.rstrip('/')}"
