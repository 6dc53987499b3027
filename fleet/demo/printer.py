"""The lines that `fleet demo` prints, one for each happening."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime

NAME_WIDTH = 20


class Printer:
    """Writes whole lines, whichever thread they come from; nothing when `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._lock = threading.Lock()

    def line(self, who: str, what: str) -> None:
        """`12:01:05  Code Reviewer         asks: …`, in local time."""
        if not self._quiet:
            self.say(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {who:<{NAME_WIDTH}}  {what}")

    def say(self, text: str) -> None:
        """A line of its own, printed even when quiet."""
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
