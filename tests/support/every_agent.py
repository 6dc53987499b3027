"""A fleet with one agent for each combination of what an agent's readings depend on."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

from fleet.db import Transaction
from fleet.models.agent import STATUSES, editable
from tests.support.application import NOON

CONNECTIONS = ("unknown", "online", "offline")
EARLIER, LATER = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
# Status, connection, when it was answered, when its error was dismissed, what it asks.
Combination = tuple[str, str, datetime | None, datetime | None, str | None]
COMBINATIONS: list[Combination] = list(product(STATUSES, CONNECTIONS, (None, LATER), (None, LATER), (None, "Now?")))


def every_combination(tx: Transaction) -> None:
    """One agent for each."""
    for number, each in enumerate(COMBINATIONS):
        combined(tx, number, each)


def combined(tx: Transaction, number: int, combination: Combination) -> None:
    """The agent `agt_<number>` of one combination."""
    status, connection, answered, dismissed, question = combination
    editable.insert_agent(
        tx,
        {
            "id": f"agt_{number}",
            "name": "Ada",
            "worktree": "/src",
            "status": status,
            "connection": connection,
            "answered_at": answered,
            "dismissed_at": dismissed,
            "pending_question": question,
            "status_changed_at": EARLIER,
            "connection_changed_at": None if connection == "unknown" else LATER,
        },
    )
