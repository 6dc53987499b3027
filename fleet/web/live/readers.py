"""Who reads a detached stream, and where they stand."""

from __future__ import annotations

from typing import Any

from fleet.models import journal
from fleet.web.live.streams import Following
from fleet.web.security.credentials import Grant


class Reader:
    """One connection: its descriptor, whose it is, and what its socket would not take."""

    __slots__ = ("fd", "following", "full_since", "grant", "owner", "remainder")

    def __init__(self, fd: int, following: Any, grant: Grant, owner: str) -> None:
        self.fd = fd
        self.following = following
        self.grant = grant
        self.owner = owner
        self.remainder = b""
        self.full_since = 0.0  # monotonic; of interest while there is a remainder


class Channel:
    """The readers of one thing, grouped by where they stand."""

    __slots__ = ("following", "places")

    def __init__(self, following: Following) -> None:
        self.following = following
        self.places: dict[journal.Position, set[Reader]] = {}
