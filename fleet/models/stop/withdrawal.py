"""What follows from a resumption: stop commands that nobody has read are withdrawn.

In chunks, by a job: a process that dies in between leaves nothing half done.
"""

from __future__ import annotations

from sqlalchemy import select

from fleet.db import Transaction
from fleet.models import command
from fleet.models.command.record import COMMANDS
from fleet.models.stop.record import STOPS

CHUNK = 50
# Stops that are over and have nothing left to withdraw, so that the job looks at each once and not every second.
_withdrawn: set[str] = set()


def withdraw(tx: Transaction, limit: int = CHUNK) -> int:
    """End stop commands of stops that are over and that nobody has read; returns how many."""
    late = tx.now - command.WORDS_WAIT  # what is older has expired by itself
    over = select(STOPS.c.id).where(STOPS.c.resumed_at > late, STOPS.c.kind == "stop")
    recent = tx.execute(over).scalars().all()
    _withdrawn.intersection_update(recent)
    for stop_id in recent:
        if stop_id in _withdrawn:
            continue
        mine = COMMANDS.c.stop_id == stop_id, COMMANDS.c.status == "sent"
        unread = tx.execute(select(COMMANDS).where(*mine).order_by(COMMANDS.c.seq).limit(limit)).all()
        for row in unread:
            command.end(tx, row, "canceled")
        if unread:
            return len(unread)
        _withdrawn.add(stop_id)
    return 0
