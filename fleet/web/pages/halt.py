"""The stop that holds the fleet at this moment, as every page says it, and the one that holds an agent alone."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from flask import g
from sqlalchemy import Row

from fleet.db import db
from fleet.models import hold, stop


class Halted:
    """A stop and, for those who ask, its figures."""

    def __init__(self, row: Row[Any]) -> None:
        self.id: str = row.id
        self.kind: str = row.kind
        self.reason: str | None = row.reason
        self.by: str = row.by_name
        self.at: datetime = row.at
        self.whole: bool = row.swept_at is not None

    @cached_property
    def outcome(self) -> str | None:
        """What the one agent has answered that a stop of its own holds; None while it has not."""
        with db.engine.connect() as connection:
            rows = stop.answers(connection, self.id)
        return rows[0].outcome if rows else None

    @cached_property
    def counts(self) -> stop.Counts:
        """How many were told and have answered."""
        with db.engine.connect() as connection:
            return stop.counts(connection, [self.id])[self.id]


def halted() -> Halted | None:
    """What holds the fleet, looked up once for each request and each frame of a stream."""
    if "halted" not in g:
        with db.engine.connect() as connection:
            row = hold.active(connection)
        g.halted = None if row is None else Halted(row)
    halt: Halted | None = g.halted
    return halt


def own_stop(stop_id: str | None) -> Halted | None:
    """The stop that `agents.stop_id` names; None where there is none."""
    if stop_id is None:
        return None
    with db.engine.connect() as connection:
        return Halted(stop.find(connection, stop_id))
