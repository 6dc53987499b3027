"""What becomes of work for a host until it ends: handed over, accepted, begun. In bulk, for many hosts at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models import command
from fleet.models.command.record import COMMANDS
from fleet.models.execution.lookup import reported
from fleet.models.execution.record import EXECUTIONS
from fleet.models.journal import frames

Reports = Collection[tuple[str, str]]  # a host's id and a command's
_of = EXECUTIONS.c.command_seq == bindparam("command")
_command = COMMANDS.c.seq == bindparam("command")
ACCEPTED = Prepared(update(EXECUTIONS).where(_of).values(delivered_at=bindparam("now")))
DELIVERED = Prepared(update(COMMANDS).where(_command).values(state="delivered"))
BEGUN = Prepared(update(EXECUTIONS).where(_of).values(started_at=bindparam("now"), sealed=None))
RUNNING = Prepared(
    update(COMMANDS)
    .where(_command)
    .values(status="acknowledged", state="running", acknowledged_at=bindparam("now"))
    .returning(COMMANDS)
)


def hand_over(tx: Transaction, rows: Sequence[Stored]) -> set[str]:
    """Those of `rows` that nothing holds are about to be put on a link; returns their ids.

    From here on only their host knows what becomes of them.
    """
    free = {agent_id: command.is_free(tx.connection, agent_id) for agent_id in {row.agent_id for row in rows}}
    due = [row for row in rows if free[row.agent_id]]
    numbers = [row.seq for row in due if row.handed_at is None]
    if numbers:
        tx.execute(update(EXECUTIONS).where(EXECUTIONS.c.command_seq.in_(numbers)).values(handed_at=tx.now))
    return {row.id for row in due}


def take_back(tx: Transaction, rows: Sequence[Stored]) -> None:
    """These were never put on a link after all: they wait as before."""
    never = (EXECUTIONS.c.command_seq.in_([row.seq for row in rows]), EXECUTIONS.c.delivered_at.is_(None))
    tx.execute(update(EXECUTIONS).where(*never).values(handed_at=None))


def accept(tx: Transaction, reports: Reports) -> None:
    """The hosts have these on their disks. Nothing is announced: nobody looks otherwise at what waits."""
    numbers = [row.seq for row in reported(tx, reports) if row.status == "sent" and row.delivered_at is None]
    for number in numbers:
        ACCEPTED.run(tx.connection, {"command": number, "now": tx.now})
        DELIVERED.run(tx.connection, {"command": number})


def start(tx: Transaction, reports: Reports) -> None:
    """These have begun; their text need not be known any more."""
    numbers = [row.seq for row in reported(tx, reports) if row.status == "sent"]
    for number in sorted(numbers):
        BEGUN.run(tx.connection, {"command": number, "now": tx.now})
        [row] = RUNNING.all(tx.connection, {"command": number, "now": tx.now})
        frames.command_updated(tx, row)
