"""Whether the Docker engine answers, looked at in the background: no request waits for it."""

from __future__ import annotations

import time

from fleet import docker

EVERY = 1.0  # seconds between two looks; one takes 3 at most
GOOD_FOR = 5.0  # seconds for which a look counts


class Engine:
    """What was seen last."""

    def __init__(self) -> None:
        self._seen: docker.Word = "unreachable"
        self._seen_at = time.monotonic()

    def look(self) -> None:
        """Look, and remember it."""
        self._seen, self._seen_at = docker.look(), time.monotonic()

    @property
    def word(self) -> docker.Word:
        """What a look less than GOOD_FOR seconds ago has seen; `unreachable` where there was none."""
        return self._seen if time.monotonic() - self._seen_at < GOOD_FOR else "unreachable"
