"""Telling an agent to stop: its claims revoked under their fences, a command, and both written down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models import command, event, task
from fleet.models.stop.record import ACKNOWLEDGEMENTS


def tell(tx: Transaction, stop: Row[Any], agent: Stored) -> None:
    """Revoke the agent's claims, send it the stop's command, and write both down."""
    tasks = [revoked(tx, one) for one in task.live_claims(tx, agent.id)]
    sent = command.send(
        tx, agent.id, "instruction", words(stop, tasks), sent_by=stop.by_name, part_of=command.Act(stop_id=stop.id)
    )
    tx.execute(
        insert(ACKNOWLEDGEMENTS),
        {
            "stop_id": stop.id,
            "agent_id": agent.id,
            "agent_name": agent.name,
            "tasks": tasks,
            "command_id": sent.id,
            "sent_at": tx.now,
        },
    )
    message = f"Stopped by {stop.by_name}{f': {stop.reason}' if stop.reason else ''}"
    event.post(tx, agent.id, "stopped", message, {"stop_id": stop.id, "tasks": tasks})


def revoked(tx: Transaction, row: Stored) -> dict[str, Any]:
    """End the claim and put the task back into the queue; what was taken away, for the report."""
    task.give_back(tx, row, "stopped")
    return {"id": row.id, "number": row.number, "title": row.title, "fence": row.fence}


def words(stop: Row[Any], tasks: list[dict[str, Any]]) -> str:
    """What an agent is told."""
    sentences = [
        f"Stop what you are doing. {stop.by_name} has stopped {'the fleet' if stop.agent_id is None else 'you'}."
    ]
    if stop.reason:
        sentences.append(f"Reason: {stop.reason}")
    if tasks:
        taken = ", ".join(f"{task['number']} {task['title']}" for task in tasks)
        sentences.append(f"Taken back into the queue: {taken}. An answer under the old claim changes nothing.")
    sentences.append("Start nothing new, leave everything as it is, and acknowledge this command.")
    return "\n".join(sentences)
