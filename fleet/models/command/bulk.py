"""The same words for many agents: that they were sent, and the report of who has read and answered them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from fleet.db import Transaction
from fleet.errors import NotFound
from fleet.models.agent.record import AGENTS
from fleet.models.command.record import BULK_COMMANDS, COMMANDS


@dataclass(frozen=True, slots=True)
class Report:
    """How many were told; how many have read it, and answered it, and have not read it; how many never will."""

    told: int
    read: int
    answered: int
    silent: int
    never: int

    def json(self) -> dict[str, int]:
        """For programs."""
        return {"told": self.told, "read": self.read, "answered": self.answered, "silent": self.silent}


def note(tx: Transaction, bulk_id: str, kind: str, content: str, sent_by: str | None, told: int) -> None:
    """Write that these words were sent to `told` agents, whose commands name `bulk_id`."""
    values = {"id": bulk_id, "type": kind, "content": content, "sent_by": sent_by, "sent_at": tx.now, "told": told}
    tx.execute(insert(BULK_COMMANDS), values)


def find_bulk(connection: Connection, bulk_id: str) -> Row[Any]:
    """What was sent. Raises NotFound."""
    row = connection.execute(select(BULK_COMMANDS).where(BULK_COMMANDS.c.id == bulk_id)).one_or_none()
    if row is None:
        raise NotFound("BULK_COMMAND_NOT_FOUND", "There is no such command to many agents.")
    return row


def told(connection: Connection, bulk_id: str) -> Sequence[Row[Any]]:
    """Each agent's command, with the agent's name, by that name; of agents that were deleted there is none."""
    return connection.execute(
        select(COMMANDS, AGENTS.c.name)
        .join(AGENTS, AGENTS.c.id == COMMANDS.c.agent_id)
        .where(COMMANDS.c.bulk_id == bulk_id)
        .order_by(func.lower(AGENTS.c.name), AGENTS.c.id)
    ).all()


def standing(command: Any) -> str:
    """Where one agent's command stands: `answered`, `read`, `silent`; `expired` or `withdrawn` before it was read."""
    if command.status == "sent":
        return "silent"
    if command.outcome in ("expired", "canceled"):
        return "expired" if command.outcome == "expired" else "withdrawn"
    return "answered" if command.status == "completed" else "read"


def report_of(bulk: Row[Any], commands: Sequence[Any]) -> Report:
    """The figures; who has answered has read, and who was deleted never will."""
    counts = Counter(standing(command) for command in commands)
    read = counts["read"] + counts["answered"]
    return Report(bulk.told, read, counts["answered"], counts["silent"], bulk.told - read - counts["silent"])
