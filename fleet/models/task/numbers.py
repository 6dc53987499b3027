"""The numbers by which people call tasks: each is given once, also when its task is deleted."""

from __future__ import annotations

from sqlalchemy import update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.models.task.record import NUMBERS

RAISE = Prepared(update(NUMBERS).values(last=NUMBERS.c.last + 1).returning(NUMBERS.c.last))


def next_number(tx: Transaction) -> int:
    """A number that no task has had."""
    [raised] = RAISE.all(tx.connection)
    return int(raised.last)
