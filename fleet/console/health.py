"""Asking the Fleet on this machine whether it serves. Light: a container's health check runs every few seconds."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import replace

from fleet.config import Settings

PATIENCE = 3.0
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound


def fleet_at(settings: Settings) -> str | None:
    """The version of the Fleet that answers where the settings say; None when none does."""
    host = "localhost" if settings.host in EVERYWHERE else settings.host
    url = replace(settings, host=host, base_path="").own_url
    trusting = ssl.create_default_context()
    # It is our own port: whether the name in the certificate fits is another question.
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    # No proxy of the environment stands between us and our own port.
    handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(f"{url}/health", timeout=PATIENCE) as answer:
            return version_in(answer.read(4096))
    except (OSError, urllib.error.URLError):
        return None


def version_in(body: bytes) -> str | None:
    """The version in an answer of /health; None when it is not Fleet's."""
    try:
        health = json.loads(body)
    except ValueError:
        return None
    ours = isinstance(health, dict) and {"status", "version", "uptime"} <= set(health)
    return str(health["version"]) if ours else None
