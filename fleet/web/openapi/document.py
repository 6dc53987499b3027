"""The OpenAPI document of every JSON route: collected from views, policy, bodies, queries and errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from fleet.db.greenlets import in_turns
from fleet.version import version
from fleet.web.framework.threadpool import aside
from fleet.web.http.description import Description, description_of
from fleet.web.openapi.codes import Route
from fleet.web.openapi.operations import Refusals, answers, operation
from fleet.web.openapi.schemas import Schema, components

PREFIXES = ("/v1/", "/api/", "/health")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token, or an agent's own key."},
    "agentKey": {"type": "apiKey", "in": "header", "name": "X-Agent-Key", "description": "An agent's own key."},
    "session": {"type": "apiKey", "in": "cookie", "name": "fleet_session", "description": "A signed-in browser."},
}
ABOUT = (
    'Agents and programs speak JSON over HTTP. Errors are `{"error": {"code", "message", "details"?}}`; each'
    " operation lists the codes it may answer with. Times are RFC 3339 in UTC."
)


def document(app: Flask) -> dict[str, Any]:
    """The whole description."""
    operations = list(described(app))
    types = {body: None for _, _, said in operations for body in (said.body, said.form) if body} | {
        answer: None
        for _, _, said in operations
        for answer in (*answers(said).values(), *said.frames.values())
        if answer is not None
    }
    references, named = aside(lambda: components(list(types)))  # 40 ms at a stretch
    named["Error"] = error_schema()
    refusals = Refusals()
    paths: dict[str, Any] = {}
    with app.test_request_context():  # readers of queries declare themselves, whatever is asked
        for rule, method, said in in_turns(operations):
            path = re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)
            paths.setdefault(path, {})[method.lower()] = operation(
                app.view_functions[rule.endpoint], Route.of(rule, method, said), references, named, refusals
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fleet", "version": version(), "description": ABOUT},
        "servers": [{"url": app.config["FLEET"].base_path or "/"}],
        "paths": paths,
        "components": {"schemas": named, "responses": refusals.named, "securitySchemes": SCHEMES},
    }


def described(app: Flask) -> Iterator[tuple[Rule, str, Description]]:
    """Every JSON route with its method and description, in the order of their paths."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.rule.startswith(PREFIXES):
            continue
        said = description_of(app.view_functions[rule.endpoint])
        if said is not None:
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield rule, method, said


def error_schema() -> Schema:
    """Document 1's error shape."""
    return {
        "type": "object",
        "description": "What went wrong: a code for programs, a sentence for people, and details where there are any.",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "details": {"type": "object"},
                },
                "required": ["code", "message"],
            }
        },
        "required": ["error"],
    }
