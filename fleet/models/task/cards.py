"""Tasks as pages show them: with who has them, what they wait for, where they stand and may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Row, select

from fleet.db.long_reads import long
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.models import agent
from fleet.models.agent import Agent
from fleet.models.agent.listed import STATE
from fleet.models.agent.record import AGENTS
from fleet.models.task.editable import NEXT
from fleet.models.task.record import STATUSES, TASKS

# What a status is called on pages, in the order of the board's columns.
WORDS = {
    "pending": "Waiting",
    "assigned": "Assigned",
    "in_progress": "In progress",
    "completed": "Done",
    "failed": "Failed",
}
HUES = 8
# A form names a thousand: whole rows of theirs, made into agents, took 70 ms in which nobody else was served.
ASSIGNABLE = Prepared(
    long(
        select(AGENTS.c.id, AGENTS.c.name, AGENTS.c.capabilities, STATE.label("state"))
        .where(AGENTS.c.kind == "coding")
        .order_by(AGENTS.c.name, AGENTS.c.id)
        .limit(1000)
    )
)
LATEST = 10**16  # microseconds since 1970, beyond every moment that is stored


@dataclass(frozen=True, slots=True)
class Blocker:
    """A task that another one waits for, or that waits for it: enough to name it."""

    id: str
    number: int
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Card:
    """A task's row with everything that its card, its line in the list and its page say."""

    task: Stored
    assignee: Agent | None
    blockers: tuple[Blocker, ...] = ()

    @property
    def since(self) -> datetime:
        """Since when the task is in its column."""
        task = self.task
        entered: dict[str, datetime | None] = {
            "assigned": task.assigned_at,
            "in_progress": task.started_at,
            "completed": task.completed_at,
            "failed": task.updated_at,
        }
        since: datetime = entered.get(task.status) or task.created_at
        return since

    @property
    def claimed(self) -> bool:
        """True while an agent holds a lease: only that agent, or taking it back, moves the task."""
        return self.task.lease_expires_at is not None

    @property
    def moves(self) -> tuple[str, ...]:
        """The columns that a person may move the task to at this moment, in the board's order."""
        if self.claimed:
            return ()
        waits = self.task.waits
        after = NEXT[self.task.status]
        return tuple(s for s in STATUSES if s in after and not (s == "in_progress" and waits))

    @property
    def labels(self) -> list[tuple[str, int]]:
        """Each label with the number of its colour, the same everywhere and at all times."""
        return [(label, crc32(label.encode()) % HUES) for label in self.task.labels]

    @property
    def order(self) -> str:
        """The place in the board's column as a text to sort by; says what `listed.ORDERS` says."""
        newest = f"{10**10 - self.task.number:011d}"
        if self.task.status in ("pending", "assigned"):
            return f"{9 - self.task.priority_rank}-{self.task.number:011d}"
        return f"{LATEST - int(self.since.timestamp() * 1_000_000):017d}-{newest}"

    @property
    def newest(self) -> str:
        """The place in the list of all, newest first, as a text to sort by."""
        return f"{10**10 - self.task.number:011d}"


def cards(connection: Connection, rows: Sequence[Stored]) -> list[Card]:
    """Rows of tasks as cards, with one query for all assignees and one for all that they wait for."""
    agents = assignees(connection, [row.assigned_agent_id for row in rows])
    named = blockers(connection, [task_id for row in rows for task_id in row.waits_for])
    return [
        Card(
            row,
            agents.get(row.assigned_agent_id),
            tuple(named[task_id] for task_id in row.waits_for if task_id in named),
        )
        for row in rows
    ]


def assignees(connection: Connection, ids: Iterable[str | None]) -> dict[str | None, Agent]:
    """The agents with these ids, by id."""
    agent_ids = {agent_id for agent_id in ids if agent_id is not None}
    if not agent_ids:
        return {}
    rows = connection.execute(select(AGENTS).where(AGENTS.c.id.in_(agent_ids))).all()
    return {one.id: one for one in agent.records(rows)}


def blockers(connection: Connection, ids: Iterable[str]) -> dict[str, Blocker]:
    """The tasks with these ids, by id, as far as their names."""
    task_ids = set(ids)
    if not task_ids:
        return {}
    columns = (TASKS.c.id, TASKS.c.number, TASKS.c.title, TASKS.c.status)
    rows = connection.execute(select(*columns).where(TASKS.c.id.in_(task_ids)))
    return {row.id: Blocker(*row) for row in rows}


def held_by(connection: Connection, agent_ids: Sequence[str], most: int = 200) -> Sequence[Row[Any]]:
    """The open tasks of these agents, whose cards show the agent's state."""
    mine = TASKS.c.assigned_agent_id.in_(agent_ids)
    given = TASKS.c.status.in_(("assigned", "in_progress"))
    return connection.execute(select(TASKS).where(mine, given).limit(most)).all()


def assignable(connection: Connection) -> list[Record]:
    """Agents that a task can be given to, by name, at most a thousand: their id, name, capabilities and state."""
    return ASSIGNABLE.all(connection)


def with_tasks(connection: Connection, most: int = 500) -> list[tuple[str, str]]:
    """Id and name of the agents that have, or had, a task: for the filter."""
    having = select(TASKS.c.assigned_agent_id).where(TASKS.c.assigned_agent_id.is_not(None))
    named = select(AGENTS.c.id, AGENTS.c.name).where(AGENTS.c.id.in_(having))
    rows = connection.execute(long(named.order_by(AGENTS.c.name, AGENTS.c.id).limit(most)))
    return [(row.id, row.name) for row in rows]
