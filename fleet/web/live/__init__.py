"""Live: one reader of the journal a process, and the streams that follow it."""

from typing import cast

from flask import current_app

from fleet.web.live.feed import Feed


def feed() -> Feed:
    """The current application's feed."""
    return cast(Feed, current_app.extensions["fleet_feed"])


__all__ = ["Feed", "feed"]
