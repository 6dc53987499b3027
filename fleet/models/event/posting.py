"""Adding a line to an agent's activity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, insert, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record
from fleet.models.agent.record import AGENTS, unknown
from fleet.models.event.record import EVENTS
from fleet.models.ids import new_id
from fleet.models.journal import frames

INSERT = Prepared(
    insert(EVENTS)
    .values({column.name: bindparam(column.name) for column in EVENTS.c if column.name != "seq"})
    .returning(EVENTS.c.seq)
)
TOUCH = Prepared(
    update(AGENTS)
    .where(AGENTS.c.id == bindparam("to"))
    .values(activity_type=bindparam("of_type"), activity_message=bindparam("said"), activity_at=bindparam("at"))
)


def post(tx: Transaction, agent_id: str, kind: str, message: str, details: dict[str, Any] | None = None) -> Record:
    """Add a line to an agent's activity. Raises NotFound for an unknown agent."""
    activity = {"to": agent_id, "of_type": kind, "said": message[:500], "at": tx.now}
    if TOUCH.run(tx.connection, activity) == 0:
        raise unknown()
    values = {
        "id": new_id("evt"),
        "agent_id": agent_id,
        "type": kind,
        "message": message,
        "timestamp": tx.now,
    }
    [inserted] = INSERT.all(tx.connection, {**values, "metadata": details})
    row = Record(**values, seq=inserted.seq, details=details)
    frames.agent_event_created(tx, row)
    return row
