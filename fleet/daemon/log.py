"""One line for each event, to stderr, where systemd's journal or whoever started the daemon reads it."""

from __future__ import annotations

import logging
import os
import sys
from typing import List

log = logging.getLogger("fleet.daemon")
# What systemd reads at the beginning of a line (sd-daemon(3)).
PRIORITIES = {logging.DEBUG: "<7>", logging.INFO: "<6>", logging.WARNING: "<4>", logging.ERROR: "<3>"}
# websockets tells every header that it sends, the agent's key among them, to whoever listens at this level.
wire = logging.getLogger("fleet.daemon.wire")
wire.setLevel(logging.CRITICAL)
wire.propagate = False


class Lines(logging.Formatter):
    """One line each, and never a secret in it: neither in the words nor in a traceback."""

    def __init__(self, journal: bool) -> None:
        super().__init__("%(message)s" if journal else "%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
        self._journal = journal
        self._secrets: List[str] = []

    def hide(self, secret: str) -> None:
        """Put `***` wherever it would stand."""
        if len(secret) >= 4 and secret not in self._secrets:
            self._secrets.append(secret)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = text.replace("\r", "").rstrip("\n").replace("\n", " | ")
        # Whatever a server has said must not steer the terminal of whoever reads this.
        text = "".join(sign if sign.isprintable() else "?" for sign in text)
        return PRIORITIES.get(record.levelno, "<3>") + text if self._journal else text


lines = Lines(journal=False)


def set_up() -> None:
    """Begin to log."""
    global lines  # noqa: PLW0603  # the one formatter of the process, which learns its secrets later
    lines = Lines(journal="JOURNAL_STREAM" in os.environ)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(lines)
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
    # A reader of stderr who has gone must not stop the work.
    logging.raiseExceptions = False


def hide(secret: str) -> None:
    """Never write this down."""
    lines.hide(secret)
