"""The agent's table and row, and the one way to find an agent by its id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Index, Text, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.errors import NotFound
from fleet.models.agent.readings import Readings

STATUSES = ("idle", "active", "waiting_feedback", "error", "finished", "warning", "shutting_down")
# What an operator sees, in the order in which it asks for attention (pages.md).
STATES = (
    "waiting_feedback",
    "error",
    "warning",
    "answered",
    "active",
    "finishing",
    "offline",
    "idle",
    "finished",
)
# The figures of the overview; each agent is in exactly one of them (readings.group) …
GROUPS = ("needs_you", "offline", "active", "idle", "finished", "warning")
# … and parts of two of them, which lists can be narrowed to (readings.standing).
PARTS = ("waiting_feedback", "error", "answered", "finishing")


class Agent(Readings, Base):
    """Anybody who does work. Column names are document 1's and document 4's where they have them."""

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("hostname", "machine_address", "repo_path", name="uq_agents_identity"),
        Index("ix_agents_created", "created_at", "id"),
        Index("ix_agents_connection_seen", "connection", "last_seen_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, default="coding")
    name: Mapped[str] = mapped_column(Text)
    # True while the name is the one that Fleet made up from the first heartbeat.
    name_is_derived: Mapped[bool] = mapped_column(default=False)
    worktree: Mapped[str] = mapped_column(Text)
    hostname: Mapped[str | None] = mapped_column(Text)
    machine_address: Mapped[str | None] = mapped_column(Text)
    repo_path: Mapped[str | None] = mapped_column(Text)
    host_id: Mapped[str | None] = mapped_column(Text)
    capabilities: Mapped[list[str]] = mapped_column(default=list)
    issue_ids: Mapped[list[str]] = mapped_column(default=list)
    tags: Mapped[list[str]] = mapped_column(default=list)
    # The credential that made this record by heartbeat; nobody else's beat may write it (security.md 4).
    owner_id: Mapped[str | None] = mapped_column(Text)

    # What it does, in its own words (document 1) …
    status: Mapped[str] = mapped_column(Text, default="idle", index=True)
    status_changed_at: Mapped[datetime]
    current_task: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[int] = mapped_column(default=0)
    files_changed: Mapped[int] = mapped_column(default=0)
    lines_added: Mapped[int] = mapped_column(default=0)
    lines_removed: Mapped[int] = mapped_column(default=0)
    last_commit: Mapped[str | None] = mapped_column(Text)
    pending_question: Mapped[str | None] = mapped_column(Text)
    question_options: Mapped[list[str]] = mapped_column(default=list)
    question_asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]
    # A person's word, beside the state: no claims and no commands while this is set.
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None] = mapped_column(Text)
    pause_reason: Mapped[str | None] = mapped_column(Text)
    # The stop of this agent alone, which paused it; None for a mere pause.
    stop_id: Mapped[str | None] = mapped_column(Text)

    # … and whether it can be reached (document 3): two facts, two columns.
    connection: Mapped[str] = mapped_column(Text, default="unknown")
    connection_changed_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]

    # Kept beside the agent so that a page of a thousand cards is one query.
    todos_total: Mapped[int] = mapped_column(default=0)
    todos_done: Mapped[int] = mapped_column(default=0)
    activity_type: Mapped[str | None] = mapped_column(Text)
    activity_message: Mapped[str | None] = mapped_column(Text)
    activity_at: Mapped[datetime | None]

    # `version` counts every write, heartbeats too; `edition` only edits (design.md section 1).
    version: Mapped[int] = mapped_column(default=1)
    edition: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @classmethod
    def of(cls, row: Stored) -> Agent:
        """The agent in a row, with all that can be read off it, for pages."""
        return cls(**row._mapping)


AGENTS = table(Agent)
BY_ID = Prepared(select(AGENTS).where(AGENTS.c.id == bindparam("agent_id")))


def find(connection: Connection, agent_id: str) -> Record:
    """The agent's row. Raises NotFound."""
    row = BY_ID.first(connection, {"agent_id": agent_id})
    if row is None:
        raise unknown()
    return row


def unknown() -> NotFound:
    """The error for an agent that is not there."""
    return NotFound("AGENT_NOT_FOUND", "Agent not found")
