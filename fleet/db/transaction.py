"""One piece of work inside a write: its statements and the changes that it announces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, CursorResult, Executable

from fleet import clock


@dataclass(slots=True)
class Announcement:
    """A journal row in the making; `data` is the frame's JSON as it will be committed."""

    kind: str
    noun: str
    noun_id: str
    agent_id: str | None
    action: str
    data: bytes


class Transaction:
    """What a verb of a model gets to work with.

    Everything that one piece of work does through `execute` and `announce`
    is committed together or not at all, and so are `entries`, what the audit
    says of it. `now` is one moment for all of it.
    """

    __slots__ = ("announcements", "connection", "entries", "now")

    def __init__(self, connection: Connection, now: datetime | None = None) -> None:
        self.connection = connection
        self.now = now or clock.now()
        self.announcements: list[Announcement] = []
        self.entries: list[Any] = []  # fleet.models.audit knows what they are

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | list[dict[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one Core statement; raises SQLAlchemy's errors as they are."""
        return self.connection.execute(statement, parameters)

    def announce(
        self, kind: str, noun: str, noun_id: str, action: str, data: object, agent_id: str | None = None
    ) -> None:
        """Add one change to the journal, in this transaction (design.md, "The journal is the spine")."""
        self.announcements.append(Announcement(kind, noun, noun_id, agent_id, action, msgspec.json.encode(data)))
