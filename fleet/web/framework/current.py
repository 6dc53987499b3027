"""The present request and its application themselves.

Flask's `request`, `g` and `current_app` are proxies: each look through one
costs as much as most looks themselves, and every call takes dozens. On the
path of every request they are taken out once, here.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, current_app, g, request

from fleet.config import Settings

# werkzeug's proxies have no type for what they stand for.
_request: Any = request
_g: Any = g
_current_app: Any = current_app


def the_request() -> Request:
    """The request that is being answered."""
    current: Request = _request._get_current_object()
    return current


def the_notes() -> Any:
    """What is noted of it, Flask's `g`."""
    return _g._get_current_object()


def the_app() -> Flask:
    """The application that answers it."""
    current: Flask = _current_app._get_current_object()
    return current


def the_settings() -> Settings:
    """The application's settings."""
    settings: Settings = _current_app._get_current_object().config["FLEET"]
    return settings
