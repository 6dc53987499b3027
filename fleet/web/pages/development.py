"""What --dev adds to pages: a changed template, style sheet or script is there at the next load."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, request

from fleet import paths
from fleet.changed_files import ChangedFiles

# Looking takes a millisecond or two; what is asked for most often shows no page.
NO_PAGES = ("/static/", "/v1/")


def init_app(app: Flask, forget: Callable[[], object]) -> None:
    """Look before each request whether somebody has saved a file that pages are made of, and `forget` then.

    What is kept between requests is kept as without --dev: a page differs only after a change.
    """
    files = ChangedFiles(paths.templates(), paths.static())

    @app.before_request
    def look() -> None:
        if not request.path.startswith(NO_PAGES) and files.since_last_time():
            forget()
