"""A line of an agent's list: added, edited, made current, ticked, removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, Row, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.errors import NotFound
from fleet.models.agent.record import AGENTS
from fleet.models.agent.record import find as find_agent
from fleet.models.editions import expect
from fleet.models.ids import new_id
from fleet.models.journal import frames


class Todo(Base):
    """A line of an agent's list. At most one of an agent's is current and open."""

    __tablename__ = "todo_items"
    __table_args__ = (Index("ix_todo_items_agent_order", "agent_id", "order", "created_at"),)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    completed: Mapped[bool] = mapped_column(default=False)
    current: Mapped[bool] = mapped_column(default=False)
    order: Mapped[int] = mapped_column(default=0)
    edition: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


TODOS = table(Todo)


def add(tx: Transaction, agent_id: str, text: str, order: int | None = None) -> Row[Any]:
    """Add a todo to an agent's list, last unless `order` says where. Raises NotFound."""
    find_agent(tx.connection, agent_id)
    if order is None:
        highest = tx.execute(select(func.max(TODOS.c.order)).where(TODOS.c.agent_id == agent_id))
        order = (highest.scalar() or 0) + 1
    row = tx.execute(
        insert(TODOS)
        .values(
            id=new_id("todo"),
            agent_id=agent_id,
            text=text,
            order=order,
            completed=False,
            current=False,
            edition=1,
            created_at=tx.now,
        )
        .returning(TODOS)
    ).one()
    recount(tx, agent_id)
    frames.todo_updated(tx, row, "created")
    return row


def edit(
    tx: Transaction, agent_id: str, todo_id: str, changes: dict[str, Any], if_match: str | None = None
) -> Row[Any]:
    """Change text, order, current or completed; making one current takes that from the others.

    Raises NotFound for an unknown agent or todo, Stale when `if_match` names another edition.
    """
    before = find(tx, agent_id, todo_id)
    expect(before, if_match)
    changes = {k: v for k, v in changes.items() if getattr(before, k) != v}
    if not changes:
        return before
    if changes.get("current"):
        take_current_from_others(tx, agent_id, todo_id)
    if "completed" in changes:
        changes["completed_at"] = tx.now if changes["completed"] else None
    row = tx.execute(
        update(TODOS).where(TODOS.c.id == todo_id).values(**changes, edition=before.edition + 1).returning(TODOS)
    ).one()
    if "completed" in changes:
        recount(tx, agent_id)
    frames.todo_updated(tx, row, "updated")
    return row


def remove(tx: Transaction, agent_id: str, todo_id: str, if_match: str | None = None) -> None:
    """Take a todo off the list. Raises NotFound, and Stale when `if_match` names another edition."""
    row = find(tx, agent_id, todo_id)
    expect(row, if_match)
    tx.execute(delete(TODOS).where(TODOS.c.id == todo_id))
    recount(tx, agent_id)
    frames.todo_updated(tx, row, "deleted")


def take_current_from_others(tx: Transaction, agent_id: str, todo_id: str) -> None:
    """Leave `todo_id` as the only current todo; each other one that was fires its own frame."""
    others = tx.execute(
        update(TODOS)
        .where(TODOS.c.agent_id == agent_id, TODOS.c.current, TODOS.c.id != todo_id)
        .values(current=False, edition=TODOS.c.edition + 1)
        .returning(TODOS)
    ).all()
    for other in others:
        frames.todo_updated(tx, other, "updated")


def recount(tx: Transaction, agent_id: str) -> None:
    """Bring the agent's figures of todos up to date."""
    mine = TODOS.c.agent_id == agent_id
    tx.execute(
        update(AGENTS)
        .where(AGENTS.c.id == agent_id)
        .values(
            todos_total=select(func.count()).where(mine).scalar_subquery(),
            todos_done=select(func.count()).where(mine, TODOS.c.completed).scalar_subquery(),
        )
    )


def find(tx: Transaction, agent_id: str, todo_id: str) -> Row[Any]:
    """The todo of that agent. Raises NotFound with the code of whichever is missing."""
    row = tx.execute(select(TODOS).where(TODOS.c.id == todo_id, TODOS.c.agent_id == agent_id)).one_or_none()
    if row is None:
        find_agent(tx.connection, agent_id)
        raise NotFound("TODO_NOT_FOUND", "Todo not found")
    return row


def of_agent(connection: Connection, agent_id: str) -> Sequence[Row[Any]]:
    """An agent's list, in order."""
    return connection.execute(
        select(TODOS).where(TODOS.c.agent_id == agent_id).order_by(TODOS.c.order, TODOS.c.created_at, TODOS.c.id)
    ).all()
