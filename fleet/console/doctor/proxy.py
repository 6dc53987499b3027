"""What stands between people and Fleet: whether it passes streams on as they come, and says who asks."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from fleet.config import Settings
from fleet.console.doctor.finding import Finding, note, ok, problem, warning
from fleet.console.health import version_in

PATIENCE = 10.0
# Fleet sends a stream's first frame at once; later than this somebody has held it back.
PROMPT = 2.0
TOKEN = "FLEET_TOKEN"  # noqa: S105  # the variable's name


def public_url(settings: Settings) -> Iterator[Finding]:
    """Ask through public_url what people would ask."""
    if not settings.public_url:
        return
    base = settings.url
    try:
        with _open(f"{base}/health") as answer:
            version = version_in(answer.read(4096))
    except (OSError, urllib.error.URLError) as error:
        yield warning("public_url", f"{base}/health cannot be read: {error}.", "Start Fleet and the proxy first.")
        return
    if version is None:
        yield problem(
            "public_url",
            f"{base}/health is answered, but not by Fleet.",
            "Let the proxy pass everything under base_path on to Fleet.",
        )
        return
    yield ok("public_url", f"Fleet {version} answers at {base}.")
    token = os.environ.get(TOKEN)
    if not token:
        yield note("public_url", "Streams were not tried.", f"Set {TOKEN} to a token and run this again.")
        return
    yield from _stream(base, token)
    yield from _forwarded(settings, base, token)


def _stream(base: str, token: str) -> Iterator[Finding]:
    began = time.monotonic()
    try:
        with _open(f"{base}/v1/stream", token) as answer:
            prompt = bool(answer.readline())
    except urllib.error.HTTPError as error:
        yield problem("stream", f"It is refused with {error.code}.", f"Is {TOKEN} a good token of this Fleet?")
        return
    except OSError:
        prompt = False
    took = time.monotonic() - began
    if prompt and took < PROMPT:
        yield ok("stream", f"The first frame came after {took * 1000:.0f} ms.")
    else:
        yield problem(
            "stream",
            "Frames are buffered: the first one did not come through at once, so pages are not live.",
            "Switch the proxy's response buffering off for Fleet (nginx: `proxy_buffering off;`) and allow"
            " answers that last (nginx: `proxy_read_timeout 1h;`).",
        )


def _forwarded(settings: Settings, base: str, token: str) -> Iterator[Finding]:
    """Only an administrator may ask how the server sees a request."""
    try:
        with _open(f"{base}/v1/system", token) as answer:
            seen: dict[str, Any] = json.loads(answer.read(1 << 20))["request"]
    except (OSError, ValueError, KeyError):
        yield note("forwarded headers", "Not looked at.", "An administrator's token can.")
        return
    public = urlsplit(settings.public_url)
    if (seen["scheme"], seen["host"]) == (public.scheme, public.netloc):
        yield ok("forwarded headers", f"Fleet sees {seen['scheme']}://{seen['host']}, from {seen['address']}.")
    else:
        yield warning(
            "forwarded headers",
            f"Fleet sees {seen['scheme']}://{seen['host']}, from {seen['address']}, instead of"
            f" {settings.public_url}: logs name the proxy instead of who asks.",
            "Let the proxy set X-Forwarded-For, -Proto and -Host, and set trusted_proxies to its address.",
        )


def _open(url: str, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310  # http(s) only, by `values.origin`
    return urllib.request.urlopen(asked, timeout=PATIENCE)  # noqa: S310  # as above
