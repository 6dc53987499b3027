"""The fleet in figures: the row at the top of the overview, the badges of every page, document 1's fleet status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, select

from fleet.models.agent.listed import ANSWERED, NEEDS_YOU, STATE
from fleet.models.agent.record import AGENTS
from fleet.models.task.listed import unfinished


@dataclass(frozen=True, slots=True)
class Figures:
    """How many there are of what, and since when the first of them."""

    needs_you: int
    oldest_need_at: datetime | None
    questions: int
    errors: int
    active: int
    idle: int
    finished: int
    warning: int
    offline: int
    total: int
    idle_longest_at: datetime | None
    offline_since_at: datetime | None
    tasks_waiting: int
    tasks_claimable: int
    tasks_failed: int

    @property
    def quiet(self) -> int:
        """Who has nothing to do and nothing wrong: the states in listed.QUIET."""
        return self.idle + self.finished


BY_STATE = select(
    STATE.label("state"),
    func.count().label("agents"),
    func.count(case((NEEDS_YOU, 1))).label("needs"),
    func.min(case((NEEDS_YOU, AGENTS.c.status_changed_at))).label("need_at"),
    func.min(AGENTS.c.status_changed_at).label("status_at"),
    func.min(AGENTS.c.connection_changed_at).label("connection_at"),
).group_by(STATE)


def figures(connection: Connection) -> Figures:
    """Count the fleet: the agents in one pass, the tasks in another."""
    states = {row.state: row for row in connection.execute(BY_STATE)}
    tasks = unfinished(connection)
    counts = {state: row.agents for state, row in states.items()}
    needs = {state: row.needs for state, row in states.items()}
    idle, offline = states.get("idle"), states.get("offline")
    return Figures(
        needs_you=sum(needs.values()),
        oldest_need_at=min((row.need_at for row in states.values() if row.need_at), default=None),
        questions=needs.get("waiting_feedback", 0),
        errors=needs.get("error", 0),
        active=counts.get("active", 0),
        idle=counts.get("idle", 0),
        finished=counts.get("finished", 0),
        warning=counts.get("warning", 0),
        offline=counts.get("offline", 0),
        total=sum(counts.values()),
        idle_longest_at=idle.status_at if idle else None,
        offline_since_at=offline.connection_at if offline else None,
        tasks_waiting=tasks.waiting,
        tasks_claimable=tasks.claimable,
        tasks_failed=tasks.failed,
    )


def fleet_status(connection: Connection, commits_today: int) -> dict[str, int]:
    """Document 1's figures of the whole fleet."""
    active = func.count(case((AGENTS.c.status == "active", 1)))
    waiting = func.count(case((and_(AGENTS.c.status == "waiting_feedback", ~ANSWERED), 1)))
    files = func.coalesce(func.sum(AGENTS.c.files_changed), 0)
    row = connection.execute(select(func.count(AGENTS.c.id), active, waiting, files)).one()
    return {
        "total_agents": row[0],
        "active_agents": row[1],
        "pending_tasks": unfinished(connection).waiting,
        "agents_needing_feedback": row[2],
        "total_files_changed": row[3],
        "total_commits_today": commits_today,
    }
