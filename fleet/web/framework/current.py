"""The present request and its application themselves.

Flask's `request`, `g` and `current_app` are proxies: each look through one
costs as much as most looks themselves, and every call takes dozens. On the
path of every request they are taken out once, here.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, Request, current_app, g, request

from fleet.config import Settings


def the_request() -> Request:
    """The request that is being answered."""
    return cast(Any, request)._get_current_object()  # type: ignore[no-any-return]  # werkzeug's proxy has no type


def the_notes() -> Any:
    """What is noted of it, Flask's `g`."""
    return cast(Any, g)._get_current_object()


def the_app() -> Flask:
    """The application that answers it."""
    return cast(Any, current_app)._get_current_object()  # type: ignore[no-any-return]  # as above


def the_settings() -> Settings:
    """The application's settings."""
    return cast(Settings, the_app().config["FLEET"])
