"""The application as a serving process has it, loops included; commands and tests use create_app alone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fleet import shutdown
from fleet.config import Settings
from fleet.server.warm_up import compile_templates, warm_up

if TYPE_CHECKING:
    from flask import Flask


def serving(settings: Settings) -> Flask:
    """Make the application in the process that serves it, and start what runs beside the requests."""
    # Here, so that the parent process never loads it.
    from fleet.app import create_app
    from fleet.jobs.loops import Jobs
    from fleet.jobs.notices import Notices
    from fleet.parts import parts_of
    from fleet.web.pages.files import Files

    app = create_app(settings)
    parts_of(app).get(Files).prepare()  # so that the first page has not to wait for it
    shutdown.at_last(lambda: _close(app))
    if not settings.dev:  # who edits templates renders them anew anyway, and starts often
        warm_up(app)
        threading.Thread(target=compile_templates, args=(app,), name="templates", daemon=True).start()
    parts_of(app).get(Jobs).start()
    parts_of(app).get(Notices).start()
    return app


def _close(app: Flask) -> None:
    from fleet import db

    with app.app_context():
        db.close()
