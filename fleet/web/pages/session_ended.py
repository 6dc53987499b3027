"""A form that was sent after its session had ended: words for a person, and the way back to the form's page."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import request

from fleet.web.framework.current import the_settings
from fleet.web.framework.messages import FORMS, Response
from fleet.web.http.negotiation import wants_fragment, wants_json
from fleet.web.http.respond import see_other

WORDS = "Your session has ended. Sign in to go on."


def by_a_page() -> bool:
    """True when a browser sends a plain form and shows what comes as its next page."""
    if request.method != "POST" or request.mimetype not in FORMS or wants_json() or wants_fragment():
        return False
    return request.headers.get("Sec-Fetch-Mode") == "navigate" or page_of_the_form() is not None


def to_the_door() -> Response:
    """The login page, which says what has happened and leads back to the page on which the form stands."""
    return see_other(f"/login?{urlencode({'next': page_of_the_form() or '/', 'ended': ''})}")


def page_of_the_form() -> str | None:
    """The path of the page that sent the request, as the browser tells; None for another site's or an unknown one."""
    told, root = urlsplit(request.headers.get("Referer", "")), the_settings().base_path
    if told.netloc != request.host or not told.path.startswith(f"{root}/"):
        return None
    return told.path.removeprefix(root) + (f"?{told.query}" if told.query else "")
