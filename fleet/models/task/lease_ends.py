"""When leases end, after the clock was set: each lasts as long as its length says, whatever the time is called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models.journal import frames
from fleet.models.task.record import TASKS, store


def set_right(tx: Transaction) -> int:
    """Let no lease last longer from now on than its length: the clock was set back between two starts."""
    ahead = [task for task in leased(tx) if task.lease_expires_at > tx.now + timedelta(seconds=task.lease_seconds)]
    for task in ahead:
        move(tx, task, tx.now + timedelta(seconds=task.lease_seconds))
    return len(ahead)


def prolong_leases(tx: Transaction, by: timedelta) -> int:
    """Move the end of every live lease along with a clock that is about to be set forward; returns how many."""
    alive = [task for task in leased(tx) if task.lease_expires_at > tx.now]
    for task in alive:
        move(tx, task, task.lease_expires_at + by)
    return len(alive)


def leased(tx: Transaction) -> Sequence[Stored]:
    """The tasks with a lease, whether it has run out or not."""
    return tx.execute(select(TASKS).where(TASKS.c.lease_expires_at.is_not(None))).all()


def move(tx: Transaction, task: Stored, expires_at: datetime) -> None:
    """Give a lease another end, and say so."""
    frames.task_updated(tx, store(tx, task, {"lease_expires_at": expires_at}))
