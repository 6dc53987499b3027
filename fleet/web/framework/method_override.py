"""`_method` in a plain form: how a browser without JavaScript edits and deletes."""

from __future__ import annotations

from flask import Flask, current_app

from fleet.errors import Invalid
from fleet.web.framework.current import the_request
from fleet.web.framework.messages import FORMS
from fleet.web.framework.uploads import takes_upload

METHODS = ("PATCH", "PUT", "DELETE")


def init_app(app: Flask) -> None:
    """Route again by `_method`; registered after the cross-site check (design.md section 3)."""
    app.before_request(override)


def override() -> None:
    """Take the method from the form, for form types only."""
    asked = the_request()
    if asked.method != "POST" or asked.mimetype not in FORMS or takes_upload(asked) or "_method" not in asked.form:
        return
    method = asked.form["_method"].upper()
    if method not in METHODS:
        raise Invalid("INVALID_METHOD", f"_method must be one of: {', '.join(METHODS)}.", field="_method")
    adapter = current_app.create_url_adapter(asked)
    assert adapter is not None
    asked.routing_exception = None
    asked.method = method
    rule, arguments = adapter.match(method=method, return_rule=True)
    asked.url_rule, asked.view_args = rule, dict(arguments)
