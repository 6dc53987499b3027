"""The one place that chooses between page, fragment, JSON and redirect.

A route finds, authorises, calls one verb, and says `respond(…)`; only here is
known that there are several kinds of answers (design.md, "One blueprint, three
answers").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from flask import current_app

from fleet.db.greenlets import in_turns
from fleet.web.framework.messages import Response
from fleet.web.http import queries
from fleet.web.http.negotiation import wants_fragment, wants_json

encode = msgspec.json.Encoder().encode
Html = Callable[[], str]
# What makes another answer of the same address.
VARY = ("Accept", "HX-Request", "Accept-Encoding")
VARY_HEADER = ", ".join(VARY)


def respond(
    *,
    json: Callable[[], Any] | None = None,
    page: Html | None = None,
    part: Html | None = None,
    goto: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer in the kind that was asked for; each kind is made only when it is chosen.

    `goto` is where a browser without htmx goes after a form (303) and where a
    browser that asks for a JSON-only resource is sent. Without a `part`, htmx
    gets 204: the live stream brings what changed.
    """
    if wants_json():
        value = json() if json else None
        queries.require_known()
        return json_response(value, status, headers)
    if wants_fragment():
        if part is not None:
            return html_response(part(), 200, headers)
        if page is None:
            return nothing(headers)
    if page is not None:
        return html_response(page(), 200, headers)
    return see_other(goto or "/")


def encoded(records: Iterable[Any]) -> list[msgspec.Raw]:
    """Each record's JSON, for the list of an answer; while there are many of them, others have their turns."""
    return [msgspec.Raw(encode(record)) for record in in_turns(records)]


def see_other(path: str) -> Response:
    """Send a browser to a path of Fleet's own, to be read with GET (RFC 9110, 15.4.4)."""
    location = f"{current_app.config['FLEET'].base_path}{path}"
    return vary(Response(status=303, headers={"Location": location}))


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`value` as JSON; 204 and no body for None."""
    if value is None:
        return nothing(headers)
    return raw_json(encode(value), status, headers)


def raw_json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON that is encoded already; 204 where there is none."""
    if not body:
        return nothing(headers)
    return vary(Response(body, status, headers, content_type="application/json"))


def html_response(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """HTML, as a page or a fragment."""
    return vary(Response(text, status, headers, content_type="text/html; charset=utf-8"))


def nothing(headers: dict[str, str] | None = None) -> Response:
    """204: no body, and so no type of one."""
    response = Response(status=204, headers=headers)
    del response.headers["Content-Type"]
    return vary(response)


def vary(response: Response) -> Response:
    """Tell caches that one URL has several representations."""
    if "Vary" in response.headers:
        response.vary.update(VARY)
    else:  # as a text: making a set that tells the headers of its changes takes 8 of a PATCH's 400 us
        response.headers["Vary"] = VARY_HEADER
    return response
