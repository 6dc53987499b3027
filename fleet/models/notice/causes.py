"""Why somebody should be told of an agent: it asks, it failed, it is silent. Read off its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, or_

from fleet.clock import rfc3339
from fleet.couriers.parcel import one_line
from fleet.models.agent.record import AGENTS

TITLE_MOST, TEXT_MOST, NAME_MOST = 200, 2000, 80

_c = AGENTS.c
# The agents that `standing` finds something about; it says the same in Python.
CONCERNING = or_(
    and_(_c.status == "waiting_feedback", _c.pending_question.is_not(None), _c.answered_at.is_(None)),
    and_(_c.status == "error", _c.dismissed_at.is_(None)),
    _c.connection == "offline",
)
COLUMNS = (
    _c.id,
    _c.name,
    _c.status,
    _c.status_changed_at,
    _c.pending_question,
    _c.question_options,
    _c.question_asked_at,
    _c.answered_at,
    _c.dismissed_at,
    _c.connection,
    _c.connection_changed_at,
    _c.last_seen_at,
    _c.updated_at,
    _c.current_task,
    _c.activity_message,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason to tell people, and in which words. `at` tells it from the agent's other ones."""

    kind: str
    agent_id: str
    agent_name: str
    at: datetime
    title: str
    text: str

    @property
    def key(self) -> str:
        """What is unique for each cause of one kind and agent."""
        return rfc3339(self.at)


def standing(agent: Any) -> Iterator[Cause]:
    """What there is to tell about an agent at this moment."""
    if agent.status == "waiting_feedback" and agent.pending_question and agent.answered_at is None:
        yield asks(agent)
    if agent.status == "error" and agent.dismissed_at is None:
        message = agent.activity_message or "It did not say what went wrong."
        yield cause("error", agent, agent.status_changed_at, "stopped with an error", message)
    if agent.connection == "offline":
        yield silent(agent)


def asks(agent: Any) -> Cause:
    """An agent waits for an answer."""
    question = agent.pending_question.strip()
    options = "".join(f"\n- {option}" for option in agent.question_options or ())
    # Who went on, and waits for the same again, asks anew.
    at = max(agent.question_asked_at or agent.status_changed_at, agent.status_changed_at)
    return cause("question", agent, at, f"asks: {question.partition(chr(10))[0]}", f"{question}\n{options}")


def silent(agent: Any) -> Cause:
    """An agent cannot be reached."""
    at = agent.connection_changed_at or agent.updated_at
    heard = f" since {agent.last_seen_at.astimezone(UTC):%H:%M} UTC" if agent.last_seen_at else ""
    task = f" Its task was: {agent.current_task}" if agent.current_task else ""
    asked = agent.status == "waiting_feedback" and agent.pending_question and agent.answered_at is None
    waits = " The answer to its question waits for it." if asked else ""
    return cause("silence", agent, at, "has fallen silent", f"Nothing was heard from it{heard}.{task}{waits}")


def cause(kind: str, agent: Any, at: datetime, title: str, text: str) -> Cause:
    """A cause with its words bounded; a title is one line."""
    name = line(agent.name, NAME_MOST)
    return Cause(kind, agent.id, name, at, line(f"{name} {title}", TITLE_MOST), cut(text.strip(), TEXT_MOST))


def line(text: str, most: int) -> str:
    """`text` as one line of at most so many characters."""
    return cut(one_line(text), most)


def cut(text: str, most: int) -> str:
    """At most so many characters, with a mark where some were left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
