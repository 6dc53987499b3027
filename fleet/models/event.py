"""A line in an agent's activity log, written by the agent or by Fleet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Row,
    Select,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.errors import NotFound
from fleet.models import frames
from fleet.models.agent.record import AGENTS
from fleet.models.ids import new_id


class Event(Base):
    """A line of activity. `seq` orders lines of one moment; `details` is document 1's `metadata`."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_agent", "agent_id", "seq"),
        Index("ix_events_type", "type", "timestamp"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Text, unique=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    # `metadata` is taken on a declarative class.
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    timestamp: Mapped[datetime]


EVENTS = table(Event)
COLUMNS: tuple[ColumnElement[Any], ...] = (
    EVENTS.c.seq, EVENTS.c.id, EVENTS.c.agent_id, EVENTS.c.type, EVENTS.c.message,
    EVENTS.c.metadata.label("details"), EVENTS.c.timestamp,
)  # fmt: skip
INSERT = insert(EVENTS).returning(*COLUMNS)
# A line as pages show it: with the agent's name.
NAMED: Select[*tuple[Any, ...]] = select(*COLUMNS, AGENTS.c.name.label("agent_name")).join(
    AGENTS, AGENTS.c.id == EVENTS.c.agent_id
)


def post(
    tx: Transaction, agent_id: str, kind: str, message: str, details: dict[str, Any] | None = None
) -> Row[Any]:
    """Add a line to an agent's activity. Raises NotFound for an unknown agent."""
    known = tx.execute(
        update(AGENTS)
        .where(AGENTS.c.id == agent_id)
        .values(activity_type=kind, activity_message=message[:500], activity_at=tx.now)
    )
    if known.rowcount == 0:
        raise NotFound("AGENT_NOT_FOUND", "Agent not found")
    row = tx.execute(
        INSERT,
        {
            "id": new_id("evt"), "agent_id": agent_id, "type": kind, "message": message,
            "metadata": details, "timestamp": tx.now,
        },
    ).one()  # fmt: skip
    frames.agent_event_created(tx, row)
    return row


def page(
    connection: Connection, limit: int, offset: int = 0, **wanted: str | None
) -> tuple[Sequence[Row[Any]], int]:
    """Lines with their agents' names, newest first, and how many there are in all.

    `wanted` may name an `agent_id` and a `type`.
    """
    conditions = [EVENTS.c[name] == value for name, value in wanted.items() if value is not None]
    rows = connection.execute(
        NAMED.where(*conditions).order_by(EVENTS.c.seq.desc()).limit(limit).offset(offset)
    ).all()
    total = select(func.count()).select_from(EVENTS).where(*conditions)
    return rows, connection.execute(total).scalar_one()


def by_ids(connection: Connection, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """These lines, oldest first: the order in which a stream brings them."""
    return connection.execute(NAMED.where(EVENTS.c.id.in_(ids)).order_by(EVENTS.c.seq)).all()


def count(connection: Connection, kind: str, since: datetime) -> int:
    """How many lines of this type there are since a moment."""
    wanted = select(func.count()).where(EVENTS.c.type == kind, EVENTS.c.timestamp >= since)
    return connection.execute(wanted).scalar_one()
