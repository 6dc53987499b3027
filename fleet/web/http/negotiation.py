"""Page, fragment or JSON: what the caller asked for."""

from __future__ import annotations

from flask import request

from fleet.web.framework.current import the_request


def wants_json() -> bool:
    """True under /v1 and /api, for the API's description, and wherever JSON was asked for before HTML."""
    asked = the_request()
    if asked.path.startswith(("/v1/", "/api/", "/openapi.json")):
        return True
    best = asked.accept_mimetypes.best_match(("text/html", "application/json"), default="text/html")
    return best == "application/json"


def wants_fragment() -> bool:
    """True when htmx asks for part of a page (a boosted or restored page is a whole one)."""
    return bool(
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Request-Type") != "full"
        and not request.headers.get("HX-History-Restore-Request")
    )


def wants_page() -> bool:
    """True when a browser opens a page: not a program, not a part of a page, not a stream, not a form."""
    streams = "text/event-stream" in request.headers.get("Accept", "")
    return request.method == "GET" and not (wants_json() or wants_fragment() or streams)
