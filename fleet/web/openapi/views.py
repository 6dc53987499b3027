"""`/openapi.json` and the page that shows it and tries calls (document 2, "OpenAPI Documentation")."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, cast

from flask import Blueprint, Flask, request

from fleet.parts import parts_of
from fleet.web.framework.current import the_app
from fleet.web.framework.messages import Response
from fleet.web.http.respond import encode, html_response, raw_json
from fleet.web.openapi.document import document as description_of
from fleet.web.pages.page import page_context, render

openapi = Blueprint("openapi", __name__)

# The other pages' policy but for styles: Scalar makes style elements and writes style attributes as it goes, and
# no name that it could be given reaches all of them (security.md 19).
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class Description:
    """The description of one application, made when somebody asks for it first."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def text(self) -> bytes:
        """The JSON."""
        return encode(description_of(self._app))

    @cached_property
    def tag(self) -> str:
        """What tells this description from every other one."""
        return hashlib.sha256(self.text).hexdigest()[:32]


@openapi.record
def add_description(state: Any) -> None:
    """Give the application its description."""
    app = cast(Flask, state.app)
    parts_of(app).add(Description(app))


@openapi.get("/openapi.json")
def document() -> Response:
    """The description; 304 for who has this one already."""
    description = parts_of(the_app()).get(Description)
    response = raw_json(description.text, headers={"Cache-Control": "no-cache"})
    response.set_etag(description.tag)
    return cast(Response, response.make_conditional(request))


@openapi.get("/openapi")
def show() -> Response:
    """The page: every call described, and tried with the session that is signed in or with another token."""
    context = page_context(title="API", nav=None)
    return html_response(render("openapi/show.html", context), headers={"Content-Security-Policy": CSP})
