"""What an agent has been given: its tasks, past and present, each with the claims that this agent made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Subquery, func, or_, select

from fleet.db import long_reads
from fleet.models.agent.record import AGENTS, find
from fleet.models.task.claimants import OWN
from fleet.models.task.record import CLAIMS, TASKS


@dataclass(frozen=True, slots=True)
class Attempted:
    """A task and one agent's claims of it, the latest first; none for a task that it was given without a claim."""

    task: Row[Any]
    claims: tuple[Row[Any], ...]

    @property
    def since(self) -> datetime:
        """When the agent last began with it, or was given it."""
        begun: datetime | None = self.claims[0].claimed_at if self.claims else self.task.assigned_at
        created: datetime = self.task.created_at
        return begun or created


def of_agent(connection: Connection, agent_id: str, limit: int, offset: int = 0) -> tuple[list[Attempted], int]:
    """The tasks that the agent has or had, those it began last first, and how many there are. Raises NotFound."""
    find(connection, agent_id)
    had, begun = given_to(agent_id)
    last = func.coalesce(begun.c.at, TASKS.c.assigned_at, TASKS.c.created_at)
    query = select(TASKS).select_from(TASKS.outerjoin(begun, begun.c.task_id == TASKS.c.id)).where(had)
    query = query.order_by(last.desc(), TASKS.c.number.desc()).limit(limit).offset(offset)
    tasks = long_reads.read(connection, query)
    total = connection.execute(select(func.count()).select_from(TASKS).where(had)).scalar_one()
    return with_claims(connection, agent_id, tasks), total


def among(connection: Connection, agent_id: str, task_ids: Sequence[str]) -> list[Attempted]:
    """Those of these tasks that the agent has or had."""
    had, _ = given_to(agent_id)
    rows = connection.execute(select(TASKS).where(TASKS.c.id.in_(task_ids), had)).all()
    return with_claims(connection, agent_id, rows)


def given_to(agent_id: str) -> tuple[ColumnElement[bool], Subquery]:
    """Which tasks the agent has or had, and when it last claimed each."""
    # A later agent under a deleted one's id inherits no claim.
    mine = CLAIMS.c.agent_id == agent_id, AGENTS.c.id == agent_id, OWN
    begun = (
        select(CLAIMS.c.task_id, func.max(CLAIMS.c.claimed_at).label("at"))
        .select_from(CLAIMS.join(AGENTS, OWN))
        .where(*mine)
        .group_by(CLAIMS.c.task_id)
        .subquery()
    )
    had: ColumnElement[bool] = or_(TASKS.c.assigned_agent_id == agent_id, TASKS.c.id.in_(select(begun.c.task_id)))
    return had, begun


def with_claims(connection: Connection, agent_id: str, tasks: Sequence[Row[Any]]) -> list[Attempted]:
    """The tasks, each with this agent's claims of it."""
    claims: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for claim in claims_of(connection, agent_id, [row.id for row in tasks]):
        claims[claim.task_id].append(claim)
    return [Attempted(row, tuple(claims[row.id])) for row in tasks]


def claims_of(connection: Connection, agent_id: str, task_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The agent's claims of these tasks, the latest first."""
    mine = select(CLAIMS).select_from(CLAIMS.join(AGENTS, OWN)).where(CLAIMS.c.agent_id == agent_id)
    return long_reads.read(connection, mine.where(CLAIMS.c.task_id.in_(task_ids)).order_by(CLAIMS.c.fence.desc()))
