"""Flask's application and context, cheaper where every call passes.

Each part does what its parent does and leaves what Fleet has no use for:
coroutines, cookies that Flask signs, several host names. Together with
`wrappers.py` that is a fifth of what a small call costs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from flask import Flask
from flask.ctx import RequestContext
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wsgi import get_host

from fleet.web.framework.current import the_request
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

    @cached_property
    def literal(self) -> dict[str, frozenset[str]]:
        """The methods of each address that no part is chosen of; asked for when all routes are there."""
        found: dict[str, frozenset[str]] = {}
        for rule in self.url_map.iter_rules():
            if not rule.arguments:
                found[rule.rule] = found.get(rule.rule, frozenset()) | frozenset(rule.methods or ())
        return found

    def make_default_options_response(self) -> Response:
        """What OPTIONS answers: the methods in `Allow`."""
        answer = cast(Response, super().make_default_options_response())
        methods = self.literal.get(the_request().path)
        if methods is not None:
            answer.allow.clear()
            answer.allow.update(methods)
        return answer

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
        methods = self.app.literal.get(asked.path)
        if methods is not None and asked.method not in methods:
            # `/tasks/claim` is itself, and no task's address: what can be done to a task cannot be done to it.
            asked.url_rule = asked.view_args = None
            asked.routing_exception = MethodNotAllowed(sorted(methods))
        if asked.url_rule is not None and len(asked.path) <= LONGEST:
            if len(routes) >= ROUTES_MOST:
                routes.clear()
            routes[asked.method, asked.path] = asked.url_rule, dict(asked.view_args or {})
