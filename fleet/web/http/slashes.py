"""A slash too many at an address's end: to be read where it is meant, never written there by redirect."""

from __future__ import annotations

from urllib.parse import quote

from flask import Request
from werkzeug.exceptions import HTTPException

from fleet.web.framework.current import the_app, the_settings

# What may stand in a path as it is (RFC 3986, 3.3).
IN_A_PATH = "/:@!$&'()*+,;=~"


def without_slash(asked: Request) -> str | None:
    """The path that answers this method once the slash at its end is cut off; None where there is none."""
    path = asked.path.removesuffix("/")
    adapter = the_app().create_url_adapter(asked)
    if path == asked.path or path.endswith("/") or path.startswith("//") or adapter is None:
        return None
    try:
        adapter.match(path, asked.method)
    except HTTPException:  # nothing there, not by this method, or it sends somewhere else in its turn
        return None
    return path or None


def address(path: str, query: bytes) -> str:
    """A path of ours as a `Location` has it."""
    asked = f"?{query.decode('latin-1')}" if query else ""
    return f"{the_settings().base_path}{quote(path, safe=IN_A_PATH)}{asked}"
