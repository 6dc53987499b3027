"""The tables of the task queue, the one way to find a task by its id, and to write its new values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, Text, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.db.update import rewrite
from fleet.errors import NotFound

PRIORITIES = ("low", "medium", "high", "urgent")
STATUSES = ("pending", "assigned", "in_progress", "completed", "failed")
ENDED = ("completed", "failed")
# What can be taken, in the order in which it is taken: a claim reads the first entry of an index.
IN_ORDER = ("status", "waits", text("priority_rank DESC"), "number")


class Task(Base):
    """Work to be given out.

    `fence` rises with each claim and never falls; the lease is live while
    `lease_expires_at` is set. `waits_for` are those of `depends_on` that are not
    completed; `waits` is kept beside it for the queue's index.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_queue", *IN_ORDER),
        Index("ix_tasks_assignee", "assigned_agent_id", *IN_ORDER),
        Index("ix_tasks_created", "created_at", "id"),
        Index("ix_tasks_lease", "lease_expires_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="pending")
    priority: Mapped[str] = mapped_column(Text, default="medium")
    priority_rank: Mapped[int] = mapped_column(default=1)
    labels: Mapped[list[str]] = mapped_column(default=list)
    depends_on: Mapped[list[str]] = mapped_column(default=list)
    waits_for: Mapped[list[str]] = mapped_column(default=list)
    waits: Mapped[bool] = mapped_column(default=False)
    required_capabilities: Mapped[list[str]] = mapped_column(default=list)
    assigned_agent_id: Mapped[str | None] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(default=0)
    lease_seconds: Mapped[int | None]
    lease_expires_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(Text)
    failure_reason: Mapped[str | None] = mapped_column(Text)
    edition: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    # Who made it: a person, a token or an agent, by the name of that time.
    created_by_kind: Mapped[str | None] = mapped_column(Text)
    created_by_id: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str | None] = mapped_column(Text)


class TaskDependency(Base):
    """`task_id` waits until `needs_id` is completed."""

    __tablename__ = "task_dependencies"

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    needs_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True, index=True)


class TaskRequirement(Base):
    """An agent must have `capability` to claim the task."""

    __tablename__ = "task_requirements"

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    capability: Mapped[str] = mapped_column(Text, primary_key=True)


class TaskClaim(Base):
    """One claim under one fencing number, and how it ended: the evidence of contract I5.

    `ending` is `completed`, `failed`, `released`, `revoked`, `stopped` or
    `expired`; `answer` is the result or the reason that ended it. An answer
    that came after the end stands in `late_answer` and changed nothing.
    """

    __tablename__ = "task_claims"
    __table_args__ = (Index("ix_task_claims_agent", "agent_id", "claimed_at"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    fence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agent_id: Mapped[str] = mapped_column(Text)
    claimed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    late_answer: Mapped[str | None] = mapped_column(Text)
    late_at: Mapped[datetime | None]


class TaskNumbers(Base):
    """One row: the last number that a task was given."""

    __tablename__ = "task_numbers"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


TASKS = table(Task)
DEPENDENCIES = table(TaskDependency)
REQUIREMENTS = table(TaskRequirement)
CLAIMS = table(TaskClaim)
NUMBERS = table(TaskNumbers)
BY_ID = Prepared(select(TASKS).where(TASKS.c.id == bindparam("task_id")))


def find(connection: Connection, task_id: str) -> Record:
    """The task's row. Raises NotFound."""
    row = BY_ID.first(connection, {"task_id": task_id})
    if row is None:
        raise NotFound("TASK_NOT_FOUND", "Task not found")
    return row


def store(tx: Transaction, before: Stored, values: dict[str, Any]) -> Record:
    """Write `values` as a new edition and return the row."""
    return rewrite(tx, TASKS, before, {**values, "edition": before.edition + 1, "updated_at": tx.now})
