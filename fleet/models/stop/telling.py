"""Telling an agent to stop: its claims revoked under their fences, a command, and both written down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.models import command, event, execution, task
from fleet.models.hold import acknowledgements
from fleet.models.stop.record import ACKNOWLEDGEMENTS


def tell(tx: Transaction, stop: Row[Any], agent: Stored) -> None:
    """Revoke the agent's claims, send it the stop's command, and write both down; a host is asked to end what it runs."""
    tasks = [revoked(tx, one) for one in task.live_claims(tx, agent.id)]
    command_id = end_work(tx, stop, agent) if agent.kind == "host" else send_words(tx, stop, agent, tasks)
    tx.execute(
        insert(ACKNOWLEDGEMENTS),
        {
            "stop_id": stop.id,
            "agent_id": agent.id,
            "agent_name": agent.name,
            "tasks": tasks,
            "command_id": command_id,
            "sent_at": tx.now,
        },
    )
    message = f"Stopped by {stop.by_name}{f': {stop.reason}' if stop.reason else ''}"
    event.post(tx, agent.id, "stopped", message, {"stop_id": stop.id, "tasks": tasks})
    if agent.kind == "host" and not execution.running(tx, agent.id):
        acknowledgements.answer(tx, agent.id, "completed")  # nothing ran: that is its answer


def send_words(tx: Transaction, stop: Row[Any], agent: Stored, tasks: list[dict[str, Any]]) -> str:
    """Tell a coding agent to stop; returns the command's id."""
    part_of = command.Act(stop_id=stop.id)
    sent = command.send(tx, agent.id, "instruction", words(stop, tasks), sent_by=stop.by_name, part_of=part_of)
    return str(sent.id)


def end_work(tx: Transaction, stop: Row[Any], agent: Stored) -> str:
    """Ask a host to end all that it runs; returns the last command's id, "" when there is none.

    The host's results are its answer.
    """
    rows = execution.running(tx, agent.id)
    for row in rows:
        execution.ask(tx, row, stop.by_name)
    return str(rows[-1].id) if rows else ""


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
