"""Telling systemd that Fleet serves (`Type=notify`); where there is no systemd, nothing."""

from __future__ import annotations

import os
import socket

from fleet.logs import logger

SOCKET = "NOTIFY_SOCKET"
log = logger(__name__)


class Systemd:
    """Who wants to know.

    The address is taken out of the environment: gunicorn would say "ready"
    when its parent process runs, before a request can be answered.
    """

    def __init__(self) -> None:
        self._address = os.environ.pop(SOCKET, "")

    def ready(self) -> bool:
        """Say that requests are answered from now on; False when nobody wants to know."""
        if not self._address.startswith(("/", "@")):
            return False
        # An @ stands for an abstract address.
        address = f"\0{self._address[1:]}" if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
                notifying.connect(address)
                notifying.sendall(b"READY=1")
        except OSError as error:
            log.warning("systemd could not be told", error=str(error))
            return False
        return True
