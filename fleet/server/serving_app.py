"""The application as a serving process has it, loops included; commands and tests use create_app alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.config import Settings

if TYPE_CHECKING:
    from flask import Flask


def serving(settings: Settings) -> Flask:
    """Make the application in the process that serves it, and start what runs beside the requests."""
    from fleet.app import create_app  # here, so that the parent process never loads it

    app = create_app(settings)
    app.extensions["fleet_jobs"].start()
    app.extensions["fleet_notices"].start()
    return app
