"""From where: host names, cross-site requests, and the headers that every answer carries (security.md 9, 10, 19)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import UnsupportedMediaType

from fleet.errors import Forbidden, Misdirected, TooLarge
from fleet.logs import begin_request
from fleet.web.credentials import is_secure

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A form that chooses agents has a field for each of 500.
FIELDS_MOST = 1000
SAFE = ("GET", "HEAD", "OPTIONS")
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Agent-Key"


def init_app(app: Flask) -> None:
    """Check where each request comes from; dress each answer."""
    app.before_request(number)
    app.before_request(check_host)
    app.before_request(answer_preflight)
    app.before_request(check_site)
    app.before_request(check_body)
    app.after_request(dress)


def number() -> None:
    """Give the request an id that its log lines, its error page and its audit entry share; it is nobody's so far."""
    g.request_id, g.identity = begin_request(), None


def check_host() -> None:
    """Raise Misdirected for a host name that is not ours: DNS rebinding ends here."""
    host = (urlsplit(f"//{request.host}").hostname or "").rstrip(".").lower()
    settings = current_app.config["FLEET"]
    names = {"localhost", *settings.allowed_hosts}
    if settings.public_url:
        names.add(urlsplit(settings.public_url).hostname or "")
    if host not in names and not is_address(host):
        raise Misdirected("MISDIRECTED_REQUEST", f"This server does not answer to the name {host[:200]!r}.")


def is_address(host: str) -> bool:
    """True for an IP literal."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def answer_preflight() -> Response | None:
    """Tell a browser whether another site's script may call: those in `allowed_origins`, for /v1 (security.md 8).

    Such scripts carry a header or a ticket; a cookie of ours is never theirs to use.
    """
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not asks or not from_allowed_origin():
        return None
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, PATCH, PUT, DELETE",
        "Access-Control-Allow-Headers": CORS_HEADERS,
        "Access-Control-Max-Age": "600",
    }
    return Response(status=204, headers=headers)


def from_allowed_origin() -> bool:
    """True for a call of /v1 by a script of a site in `allowed_origins`."""
    allowed = current_app.config["FLEET"].allowed_origins
    return request.path.startswith("/v1/") and request.headers.get("Origin") in allowed


def check_site() -> None:
    """Raise Forbidden for a cookie's unsafe request that another site may have caused."""
    if request.method in SAFE or "Authorization" in request.headers or "X-Agent-Key" in request.headers:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        origin = request.headers.get("Origin")
        allowed = origin == own_origin() or (origin is None and not request.cookies)
    if not allowed:
        raise Forbidden("CROSS_SITE_REQUEST", "Another site may not do this in your name.")


def check_body() -> None:
    """Refuse a body that would cost more than it is long: a packed one, or a form of ever so many fields (security.md 20).

    Of `multipart/form-data` werkzeug counts the parts; reading 1 MiB of `a&a&…` would take it most of a second.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("A body must not be compressed.")
    if (
        request.mimetype == "application/x-www-form-urlencoded"
        and request.get_data().count(b"&") >= FIELDS_MOST
    ):
        raise TooLarge("TOO_MANY_FIELDS", f"A form has at most {FIELDS_MOST} fields.")


def own_origin() -> str:
    """The origin under which people see this server."""
    public = current_app.config["FLEET"].public_url
    if public:
        parts = urlsplit(public)
        return f"{parts.scheme}://{parts.netloc}"
    return f"{request.scheme}://{request.host}"


def dress(response: Response) -> Response:
    """Set the headers that keep a page to itself."""
    headers = response.headers
    headers["Content-Security-Policy"] = CSP
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["X-Request-Id"] = g.get("request_id", "")
    if from_allowed_origin():
        headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        headers["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-Request-Id"
        response.vary.add("Origin")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if is_secure():
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
