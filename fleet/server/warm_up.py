"""Making before the first request what else the first requests would make: templates, statements, what is remembered.

The first page after a start took 114 to 137 ms, in which nobody else was served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleet.logs import logger

if TYPE_CHECKING:
    from flask import Flask

log = logger(__name__)
# What people and programs ask for first, by endpoint and address.
PAGES = (
    ("overview.show", "/"),
    ("agents.index", "/agents"),
    ("agents.index", "/agents?view=table"),
    ("tasks.index", "/tasks"),
    ("activity.index", "/activity"),
)
JSON = (("v1_agents.index", "/v1/agents"), ("v1_tasks.index", "/v1/tasks"), ("fleet.status", "/v1/fleet/status"))
BROWSER, PROGRAM = {"Accept": "text/html"}, {"Accept": "application/json"}


def warm_up(app: Flask) -> None:
    """Compile every statement, and look once at what is asked for first. It never fails."""
    from fleet.db import db, write
    from fleet.db.prepared import prepare_all

    try:
        look(app, PAGES, BROWSER)
        look(app, JSON, PROGRAM)
        with app.app_context():
            prepare_all(db.engine.dialect)
            write(lambda _: None)
    except Exception:
        log.exception("the first requests will take longer: not everything could be made ready")


def compile_templates(app: Flask) -> None:
    """Compile what templates the first pages have left, one at a time: others have a turn after each."""
    from fleet.db.greenlets import give_way

    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
        give_way()


def look(app: Flask, pages: Sequence[tuple[str, str]], headers: dict[str, str]) -> None:
    """Run these views as an administrator's, without anybody who asks: nothing is counted, written or sent."""
    from flask import g

    from fleet.web.security.credentials import Identity

    for endpoint, path in pages:
        with app.test_request_context(path, headers=headers):
            g.identity = Identity("warm-up", "Fleet", "admin", "warm-up")
            app.view_functions[endpoint]()
