"""Signing in without a word, with --dev: everybody on this machine may anyhow, since the token is published."""

from __future__ import annotations

from fleet.config.values import is_loopback
from fleet.web.framework.current import the_request, the_settings
from fleet.web.framework.proxies import SAID


def by_itself() -> bool:
    """Whether a browser on this machine asks a server in development mode, and no proxy for somebody elsewhere."""
    asked, settings = the_request(), the_settings()
    here = settings.dev and settings.loopback and is_loopback(asked.remote_addr or "")
    return here and SAID not in asked.environ
