"""Flask's application and context, cheaper where every call passes.

Each part does what its parent does and leaves what Fleet has no use for:
coroutines, cookies that Flask signs, several host names. Together with
`wrappers.py` that is a fifth of what a small call costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask
from flask.ctx import RequestContext
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wsgi import get_host

from fleet.web.framework.messages import Environ, Request, Response

# Agents ask for the same addresses again and again; so many are remembered with where they lead.
ROUTES_MOST = 4096
LONGEST = 200  # characters of an address that is worth remembering


class NoSession(SessionInterface):
    """Flask's signed cookie is not used: who is signed in stands in the database."""

    nothing = NullSession()

    def open_session(self, app: Flask, request: Any) -> Any:  # noqa: ARG002  # Flask's signature
        """Always the same, which cannot be written to."""
        return self.nothing


class Application(Flask):
    """Fleet's Flask."""

    request_class = Request
    response_class = Response
    session_interface = NoSession()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.routes: dict[tuple[str, str], tuple[Rule, dict[str, Any]]] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every function as it is: none is a coroutine."""
        return func

    def request_context(self, environ: Environ) -> RequestContext:
        """The context of one request."""
        return Context(self, environ)

    def create_url_adapter(self, request: Any) -> MapAdapter | None:
        """What finds the route, whatever name the server is asked by. Raises SecurityError for a malformed name."""
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        request.host = host = get_host(environ)
        return MapAdapter(
            self.url_map,
            host.lower(),
            request.root_path,
            "",
            environ["wsgi.url_scheme"],
            request.path,
            request.method,
            request.query_string.decode("utf-8", "replace"),
        )


class Context(RequestContext):
    """A request's context, which remembers where an address leads."""

    app: Application

    def match_request(self) -> None:
        """Find the route as Flask does, once; an address that leads nowhere is not remembered."""
        asked, routes = self.request, self.app.routes
        if cast(MapAdapter, self.url_adapter).websocket:
            super().match_request()
            return
        route = routes.get((asked.method, asked.path))
        if route is not None:
            asked.url_rule, asked.view_args = route[0], route[1].copy()
            return
        super().match_request()
        if asked.url_rule is not None and len(asked.path) <= LONGEST:
            if len(routes) >= ROUTES_MOST:
                routes.clear()
            routes[asked.method, asked.path] = asked.url_rule, dict(asked.view_args or {})
