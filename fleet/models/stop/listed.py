"""Reading stops: one, all of them, and the report of who has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from fleet.models.agent.record import AGENTS
from fleet.models.stop.control import unknown
from fleet.models.stop.record import ACKNOWLEDGEMENTS, STOPS

# The agent that was told; not a later one under the same id (security.md 5).
SAME = and_(AGENTS.c.id == ACKNOWLEDGEMENTS.c.agent_id, AGENTS.c.created_at <= ACKNOWLEDGEMENTS.c.sent_at)
UNANSWERED = ACKNOWLEDGEMENTS.c.acknowledged_at.is_(None)
GONE_SILENT = and_(UNANSWERED, AGENTS.c.connection == "offline")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many agents were told to stop, how many have answered, and how many of the others are offline."""

    told: int = 0
    answered: int = 0
    offline: int = 0

    @property
    def silent(self) -> int:
        """How many have not answered."""
        return self.told - self.answered

    def json(self) -> dict[str, int]:
        """For programs."""
        return {"told": self.told, "acknowledged": self.answered, "offline": self.offline}


def page(connection: Connection, limit: int, offset: int) -> tuple[Sequence[Row[Any]], int]:
    """Stops, the latest first, and how many there are."""
    rows = connection.execute(select(STOPS).order_by(STOPS.c.at.desc(), STOPS.c.id).limit(limit).offset(offset))
    return rows.all(), connection.execute(select(func.count()).select_from(STOPS)).scalar_one()


def find(connection: Connection, stop_id: str) -> Row[Any]:
    """The stop's row; `current` names the one that holds the fleet now. Raises NotFound."""
    condition = STOPS.c.active if stop_id == "current" else STOPS.c.id == stop_id
    row = connection.execute(select(STOPS).where(condition)).one_or_none()
    if row is None:
        raise unknown()
    return row


def counts(connection: Connection, stop_ids: Sequence[str]) -> dict[str, Counts]:
    """The figures of each of these stops."""
    rows = connection.execute(
        select(
            ACKNOWLEDGEMENTS.c.stop_id,
            func.count().label("told"),
            func.count(ACKNOWLEDGEMENTS.c.acknowledged_at).label("answered"),
            func.count(case((GONE_SILENT, 1))).label("offline"),
        )
        .select_from(ACKNOWLEDGEMENTS.outerjoin(AGENTS, SAME))
        .where(ACKNOWLEDGEMENTS.c.stop_id.in_(stop_ids))
        .group_by(ACKNOWLEDGEMENTS.c.stop_id)
    ).all()
    known = {row.stop_id: Counts(row.told, row.answered, row.offline) for row in rows}
    return {stop_id: known.get(stop_id, Counts()) for stop_id in stop_ids}


def answers(connection: Connection, stop_id: str) -> Sequence[Row[Any]]:
    """Every agent of a stop with its present state: who has not answered first, then as they answered."""
    return connection.execute(
        select(
            ACKNOWLEDGEMENTS,
            AGENTS.c.name,
            AGENTS.c.status,
            AGENTS.c.connection,
            AGENTS.c.answered_at,
            AGENTS.c.connection_changed_at,
        )
        .select_from(ACKNOWLEDGEMENTS.outerjoin(AGENTS, SAME))
        .where(ACKNOWLEDGEMENTS.c.stop_id == stop_id)
        .order_by(
            ACKNOWLEDGEMENTS.c.acknowledged_at.nulls_first(),
            func.lower(ACKNOWLEDGEMENTS.c.agent_name),
            ACKNOWLEDGEMENTS.c.agent_id,
        )
    ).all()
