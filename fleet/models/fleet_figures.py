"""The fleet in figures: the row at the top of the overview, the badges of every page, document 1's fleet status.

Every coding agent is in exactly one of the overview's figures, which add up to all
(readings.group); document 1's six are counted as document 1 has them. A host does no
work of its own: it counts on the pages of hosts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, or_, select

from fleet.db.long_reads import long
from fleet.models.agent.listed import ANSWERED, ASKS, FAILED, FINISHING, GROUP, OFFLINE
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


CODING = AGENTS.c.kind == "coding"
BY_GROUP = long(
    select(
        GROUP.label("name"),
        func.count().label("agents"),
        func.count(case((ASKS, 1))).label("questions"),
        func.count(case((FAILED, 1))).label("errors"),
        func.min(AGENTS.c.status_changed_at).label("status_at"),
        func.min(AGENTS.c.connection_changed_at).label("connection_at"),
    )
    .where(CODING)
    .group_by(GROUP)
)


def figures(connection: Connection) -> Figures:
    """Count the fleet: the agents in one pass, the tasks in another."""
    groups = {row.name: row for row in connection.execute(BY_GROUP)}
    tasks = unfinished(connection)
    counts = {name: row.agents for name, row in groups.items()}
    needs, idle, offline = (groups.get(name) for name in ("needs_you", "idle", "offline"))
    return Figures(
        needs_you=counts.get("needs_you", 0),
        oldest_need_at=needs.status_at if needs else None,
        questions=needs.questions if needs else 0,
        errors=needs.errors if needs else 0,
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
    # One that shut down and fell silent is gone; it would be counted as active to the end of days.
    active = func.count(case((or_(AGENTS.c.status == "active", and_(FINISHING, ~OFFLINE)), 1)))
    waiting = func.count(case((and_(AGENTS.c.status == "waiting_feedback", ~ANSWERED), 1)))
    files = func.coalesce(func.sum(AGENTS.c.files_changed), 0)
    row = connection.execute(long(select(func.count(AGENTS.c.id), active, waiting, files).where(CODING))).one()
    return {
        "total_agents": row[0],
        "active_agents": row[1],
        "pending_tasks": unfinished(connection).waiting,
        "agents_needing_feedback": row[2],
        "total_files_changed": row[3],
        "total_commits_today": commits_today,
    }
