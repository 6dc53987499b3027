"""The numbers by which people call tasks: each is given once, also when its task is deleted."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.db.prepared import Prepared


class TaskNumbers(Base):
    """One row: the last number that was given."""

    __tablename__ = "task_numbers"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


NUMBERS = table(TaskNumbers)
RAISE = Prepared(update(NUMBERS).values(last=NUMBERS.c.last + 1).returning(NUMBERS.c.last))


def next_number(tx: Transaction) -> int:
    """A number that no task has had."""
    [raised] = RAISE.all(tx.connection)
    return int(raised.last)
