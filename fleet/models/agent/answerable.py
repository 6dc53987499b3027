"""A person answers an agent's question, or sets its error aside."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, update

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models import command
from fleet.models.agent.record import AGENTS, find
from fleet.models.journal import frames

QUOTED = 80  # characters


def answer(tx: Transaction, agent_id: str, content: str, question: str | None, sent_by: str | None) -> Stored:
    """Send the answer as a `feedback` command and take the question off the list of needs.

    `question` is the one that the person saw. Conflict is raised and nothing is
    sent when somebody else was faster (it says who, and with what), when the agent
    asks another one by now, or does not wait any more. The status stays what the
    agent says it is. Returns the command's row.
    """
    agent = find(tx.connection, agent_id)
    waits = agent.status == "waiting_feedback" and agent.answered_at is None
    if agent.pending_question is None and not waits:
        raise too_late(tx.connection, agent, question)
    if question is not None and normal(question) != normal(agent.pending_question or ""):
        given = given_to(tx.connection, agent, question)
        raise Conflict(
            "QUESTION_CHANGED",
            said(given) + "The agent asks something else by now; read it and answer again.",
            question=agent.pending_question,
            **told(given),
        )
    asked = command.Asked(agent.pending_question, agent.question_options)
    sent = command.send(tx, agent_id, "feedback", content, sent_by=sent_by, answers=asked)
    row = touch(tx, agent, {"pending_question": None, "question_options": [], "answered_at": tx.now})
    frames.agent_updated(tx, row)
    return sent


def take_back(tx: Transaction, agent_id: str, command_id: str | None) -> Stored:
    """Take an answer back, the last one or that with `command_id`, as long as the agent has not read it.

    The question is open again as it was. Raises Conflict when the agent has read
    the answer, or was given none. Returns the command's row.
    """
    agent = find(tx.connection, agent_id)
    if command_id is None:
        given = command.newest_answer(tx.connection, agent_id, agent.answered_at)
        if given is None:
            raise Conflict("NOT_ANSWERED", "The agent was given no answer that could be taken back.")
        command_id = str(given.id)
    return withdraw(tx, agent_id, command_id)


def withdraw(tx: Transaction, agent_id: str, command_id: str) -> Stored:
    """Withdraw a command that the agent has not read; what it answered is asked again while the agent waits for that.

    An agent that has gone on by itself, or asks something else, is not put back. Raises as `command.cancel` does.
    """
    withdrawn = command.cancel(tx, agent_id, command_id)
    agent = find(tx.connection, agent_id)
    waits = agent.status == "waiting_feedback" and agent.pending_question is None
    if waits and withdrawn.type == "feedback" and withdrawn.sent_at == agent.answered_at:
        asked = {"pending_question": withdrawn.answers, "question_options": withdrawn.options or []}
        frames.agent_updated(tx, touch(tx, agent, {**asked, "answered_at": None}))
    return withdrawn


def too_late(connection: Connection, agent: Stored, question: str | None) -> Conflict:
    """The error for an answer that nobody waits for: somebody else has given one, or the question was withdrawn."""
    given = given_to(connection, agent, question)
    asked_at = agent.question_asked_at
    if given is None or (asked_at is not None and given.sent_at < asked_at):
        return Conflict("NO_PENDING_QUESTION", "The agent is not waiting for an answer any more.")
    return Conflict("QUESTION_ANSWERED", said(given) + "The agent is not waiting any more.", **told(given))


def given_to(connection: Connection, agent: Stored, question: str | None) -> Row[Any] | None:
    """The answer that was given to the question which a person saw; without one, to what the agent waited for last."""
    given = command.newest_answer(connection, agent.id, agent.answered_at)
    if given is None:
        return None
    if question:
        return given if normal(given.answers or "") == normal(question) else None
    return given if given.sent_at == agent.answered_at else None


def said(given: Row[Any] | None) -> str:
    """Who has answered what, as a sentence with a space after it; empty for no answer."""
    return "" if given is None else f"{given.sent_by or 'Somebody'} answered “{short(given.content)}”. "


def told(given: Row[Any] | None) -> dict[str, Any]:
    """The same for programs."""
    return {} if given is None else {"answered_by": given.sent_by, "answer": given.content}


def short(text: str) -> str:
    """An answer as it is quoted: one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 1]}…"


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


def recall(tx: Transaction, agent_id: str) -> Stored:
    """Put an error that was set aside among the needs again; a second time changes nothing. Raises Conflict without one."""
    agent = find(tx.connection, agent_id)
    if agent.status != "error":
        raise Conflict("NOT_IN_ERROR", "The agent is not in error any more.")
    if agent.dismissed_at is None:
        return agent
    row = touch(tx, agent, {"dismissed_at": None})
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
