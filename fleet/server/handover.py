"""What a server gets from the process that restarts it: the sockets to serve on and the right to the database.

It goes through the environment, since the server is a new program each time.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

import msgspec

# Not FLEET_…: those are settings.
VARIABLE = "_HANDED_TO_FLEET"


class Handover(msgspec.Struct, frozen=True):
    """Descriptors that are open in both processes, who gave them, and whether to one before us."""

    giver: int
    sockets: tuple[int, ...]
    lock: int | None = None
    again: bool = False

    def as_variable(self) -> dict[str, str]:
        """What the server's environment must have besides."""
        return {VARIABLE: msgspec.json.encode(self).decode()}

    def listeners(self) -> list[socket.socket]:
        """The sockets, listening already."""
        return [socket.socket(fileno=descriptor) for descriptor in self.sockets]


def received(environ: MutableMapping[str, str] = os.environ) -> Handover | None:
    """What our parent process has handed to us, taken out of `environ`; None when it has not."""
    text = environ.pop(VARIABLE, None)
    if text is None:
        return None
    handover = msgspec.json.decode(text, type=Handover)
    # A variable that was passed on to somebody else's child says nothing of that one's descriptors.
    return handover if handover.giver == os.getppid() else None
