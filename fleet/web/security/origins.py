"""From where: host names, cross-site requests, and the headers that depend on it (security.md 9, 10, 19)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Request, request
from werkzeug.exceptions import UnsupportedMediaType

from fleet import addresses
from fleet.config import Settings
from fleet.environ import FAULT
from fleet.errors import Forbidden, Misdirected
from fleet.logs import begin_request
from fleet.web.framework.current import the_notes, the_request, the_settings
from fleet.web.framework.messages import Response
from fleet.web.security import rate_limits
from fleet.web.security.credentials import is_secure

# A form that chooses agents has a field for each of 500.
FIELDS_MOST = 1000
SAFE = ("GET", "HEAD", "OPTIONS")
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Agent-Key"
# Names by which a server was asked for are remembered up to this length, so many of them.
NAME_LONGEST = 300
NAMES_MOST = 256


def init_app(app: Flask) -> None:
    """Check where each request comes from; dress each answer."""
    app.before_request(check)
    app.after_request(dress)


def check() -> Response | None:
    """Number the request and look at where it comes from, in this order; a preflight is answered here."""
    asked, notes, settings = the_request(), the_notes(), the_settings()
    # The id is shared by its log lines, its error page and its audit entry; it is nobody's request so far.
    notes.request_id, notes.identity = begin_request(), None
    fault = asked.environ.get(FAULT)
    if fault is not None:
        rate_limits.require(None, asked)
        raise fault
    check_host(asked, settings)
    if asks_whether_it_may(asked, settings):
        return preflight()
    check_site(asked)
    check_body(asked)
    return None


def check_host(asked: Request, settings: Settings) -> None:
    """Raise Misdirected for a name that is neither this machine's own nor one that was set: DNS rebinding ends here."""
    name = asked.host
    if len(name) <= NAME_LONGEST and is_ours(name, settings.allowed_hosts, settings.public_url):
        return
    host = named(name) if len(name) <= NAME_LONGEST else name
    if host not in addresses.names():  # which is asked for last: it may change, and cost a look
        raise Misdirected("MISDIRECTED_REQUEST", f"This server does not answer to the name {host[:200]!r}.")


@lru_cache(maxsize=NAMES_MOST)
def is_ours(name: str, allowed: tuple[str, ...], public_url: str) -> bool:
    """True for a `Host` that is localhost, an address, or among the names that were set."""
    names = {"localhost", *allowed}
    if public_url:
        names.add(urlsplit(public_url).hostname or "")
    return named(name) in names or is_address(named(name))


def named(host: str) -> str:
    """A `Host` without its port."""
    return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()


def is_address(host: str) -> bool:
    """True for an IP literal."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def asks_whether_it_may(asked: Request, settings: Settings) -> bool:
    """True for a browser's question whether another site's script may call: of those in `allowed_origins` only.

    Such scripts carry a header or a ticket; Fleet's own cookie is never theirs to use (security.md 8).
    """
    asks = asked.method == "OPTIONS" and "Access-Control-Request-Method" in asked.headers
    return asks and from_allowed_origin(asked, settings)


def preflight() -> Response:
    """Tell the browser that the script may call."""
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, PATCH, PUT, DELETE",
        "Access-Control-Allow-Headers": CORS_HEADERS,
        "Access-Control-Max-Age": "600",
    }
    return Response(status=204, headers=headers)


def from_allowed_origin(asked: Request, settings: Settings) -> bool:
    """True for a call of /v1 or /api by a script of a site in `allowed_origins`."""
    allowed = settings.allowed_origins
    return bool(allowed) and asked.path.startswith(("/v1/", "/api/")) and asked.headers.get("Origin") in allowed


def check_site(asked: Request) -> None:
    """Raise Forbidden for a cookie's unsafe request that another site may have caused."""
    if asked.method in SAFE or "Authorization" in asked.headers or "X-Agent-Key" in asked.headers:
        return
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        origin = asked.headers.get("Origin")
        allowed = origin == own_origin() or (origin is None and not asked.cookies)
    if not allowed:
        raise Forbidden("CROSS_SITE_REQUEST", "Another site may not do this in your name.")


def check_body(asked: Request) -> None:
    """Refuse a packed body, which would cost more than it is long (security.md 20)."""
    if asked.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("A body must not be compressed.")


def own_origin() -> str:
    """The origin under which people see this server."""
    public = the_settings().public_url
    if public:
        parts = urlsplit(public)
        return f"{parts.scheme}://{parts.netloc}"
    return f"{request.scheme}://{request.host}"


def dress(response: Response) -> Response:
    """Set the headers that depend on the request; those of every answer stand in `headers.py`."""
    asked, settings, headers = the_request(), the_settings(), response.headers
    headers["X-Request-Id"] = the_notes().get("request_id", "")
    if from_allowed_origin(asked, settings):
        headers["Access-Control-Allow-Origin"] = asked.headers["Origin"]
        headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After, X-Output-Gaps, X-Request-Id, X-Total-Count"
        response.vary.add("Origin")
    if asked.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if is_secure():
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
