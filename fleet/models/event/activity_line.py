"""A line of activity as pages show it. Equal ones look the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from fleet.models.event.outcome import outcome


class Line(NamedTuple):
    """What is read of an event; of its metadata, which is for programs, only how a run ended."""

    seq: int
    id: str
    agent_id: str
    agent_name: str
    type: str
    message: str
    timestamp: datetime
    outcome: str | None = None


def lines(rows: Iterable[Row[Any]]) -> list[Line]:
    """Rows of a selection from NAMED as lines."""
    return [
        Line(
            row.seq,
            row.id,
            row.agent_id,
            row.agent_name,
            row.type,
            row.message,
            row.timestamp,
            outcome(row.type, row.message, row.details),
        )
        for row in rows
    ]
