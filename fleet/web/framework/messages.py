"""Flask's request and response, cheaper where every call passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Response as FlaskResponse
from htmx_flask.requests import HtmxAwareRequest, HtmxHeaders
from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.utils import cached_property

from fleet.errors import TooLarge
from fleet.web.framework import compression

Environ = dict[str, Any]
# The media types of HTML forms.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# What every answer carries: it keeps a page to itself (security.md 19), and says whose it is: programs of ours take
# no other web server's 200 for a Fleet's.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = [
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Fleet", "1"),
]
# What werkzeug corrects in an answer on its way out: with none of it, and a body at hand, there is nothing to do.
# A page with a policy of its own takes that way too.
CORRECTED = frozenset({"location", "content-location", "content-security-policy"})
WITHOUT_BODY = frozenset({204, 304})


class Request(HtmxAwareRequest):  # type: ignore[misc]  # htmx-flask has no types
    """htmx-flask's request; what it tells of htmx is made when somebody asks for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Past htmx-flask's own, which makes for every request what the property below makes.
        super(HtmxAwareRequest, self).__init__(*args, **kwargs)

    @cached_property
    def htmx(self) -> Any:
        """What the request's headers say of htmx."""
        return HtmxHeaders(self.headers)

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """The body; one whose length is announced is read at once, without a stream with guards around it.

        Raises RequestEntityTooLarge before reading, ClientDisconnected when less comes than was announced.
        """
        length, most = self.content_length, self.max_content_length
        if length is None and cache and not as_text and not parse_form_data:
            body = super().get_data()
            if most is not None and len(body) >= most:  # werkzeug cuts a body in chunks off without a word
                raise RequestEntityTooLarge
            return body
        known = self.__dict__
        if not cache or as_text or parse_form_data or length is None or known.keys() & {"_cached_data", "stream"}:
            return super().get_data(cache, as_text, parse_form_data)
        if most is not None and length > most:
            raise RequestEntityTooLarge
        body = cast(bytes, self.environ["wsgi.input"].read(length))
        if len(body) < length:
            raise ClientDisconnected
        self._cached_data = body
        return body

    def _load_form_data(self) -> None:
        """Read the form; werkzeug counts the parts of one in parts, but would read 1 MiB of `a&a&…` for a second.

        Raises TooLarge for good so many fields, RequestEntityTooLarge for what werkzeug would cut off.
        """
        if "form" not in self.__dict__ and self.mimetype in FORMS:
            plain, most = self.mimetype == FORMS[0], self.max_form_parts
            if plain or self.content_length is None:
                fields = self.get_data().count(b"&") if plain else 0
                if most is not None and fields >= most:
                    raise TooLarge("TOO_MANY_FIELDS", f"A form has at most {most} fields.")
        super()._load_form_data()


class Response(FlaskResponse):
    """Flask's response, with the headers that every answer carries."""

    def get_wsgi_headers(self, environ: Environ) -> Headers:
        """The headers as they are sent."""
        headers = super().get_wsgi_headers(environ)
        for name, value in ALWAYS:
            headers.setdefault(name, value)
        return headers

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Start the answer and return its body; as Flask does, and at once where that would change nothing."""
        if "HTTP_ACCEPT_ENCODING" in environ:
            compression.compress(self, environ)
        body = self.response
        if (
            type(body) is not list
            or self._on_close
            or self.status_code < 200
            or self.status_code in WITHOUT_BODY
            or environ["REQUEST_METHOD"] == "HEAD"
        ):
            return super().__call__(environ, start_response)
        headers = self.headers.to_wsgi_list()
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names or not names.isdisjoint(CORRECTED) or not _encoded(body):
            return super().__call__(environ, start_response)
        start_response(self.status, headers + ALWAYS)
        return cast(list[bytes], body)


def _encoded(body: list[Any]) -> bool:
    return all(type(piece) is bytes for piece in body)
