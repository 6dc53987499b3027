"""A person answers an agent's question, or sets its error aside."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models import command
from fleet.models.agent.record import AGENTS, find
from fleet.models.journal import frames


def answer(tx: Transaction, agent_id: str, content: str, question: str | None, sent_by: str | None) -> Row[Any]:
    """Send the answer as a `feedback` command and take the question off the list of needs.

    `question` is the one that the person saw; when the agent asks another one by
    now, Conflict is raised and nothing is sent. The status stays what the agent
    says it is. Returns the command's row.
    """
    agent = find(tx.connection, agent_id)
    waits = agent.status == "waiting_feedback" and agent.answered_at is None
    if agent.pending_question is None and not waits:
        raise Conflict("NO_PENDING_QUESTION", "The agent is not waiting for an answer any more.")
    if question is not None and normal(question) != normal(agent.pending_question or ""):
        raise Conflict(
            "QUESTION_CHANGED",
            "The agent asks something else by now; read it and answer again.",
            question=agent.pending_question,
        )
    sent = command.send(tx, agent_id, "feedback", content, sent_by=sent_by, answers=agent.pending_question)
    row = touch(tx, agent, {"pending_question": None, "question_options": [], "answered_at": tx.now})
    frames.agent_updated(tx, row)
    return sent


def dismiss(tx: Transaction, agent_id: str) -> Stored:
    """Set an agent's error aside until it reports another one; a second time changes nothing."""
    agent = find(tx.connection, agent_id)
    if agent.status != "error":
        raise Conflict("NOT_IN_ERROR", "The agent is not in error any more.")
    if agent.dismissed_at is not None:
        return agent
    row = touch(tx, agent, {"dismissed_at": tx.now})
    frames.agent_updated(tx, row)
    return row


def touch(tx: Transaction, agent: Stored, values: dict[str, Any]) -> Row[Any]:
    """Write what a person's act changes about an agent."""
    return tx.execute(
        update(AGENTS)
        .where(AGENTS.c.id == agent.id)
        .values(**values, version=agent.version + 1, updated_at=tx.now)
        .returning(AGENTS)
    ).one()


def normal(text: str) -> str:
    """Text as it comes back from a form: browsers send line ends as CR LF (HTML, 4.10.21)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
