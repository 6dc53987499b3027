"""What can be read off an agent's columns; each is said once, for whatever holds the columns."""
# ruff: noqa: D102  # columns, which record.py describes

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

# Where an agent stands, and the figure that counts it where that has another name.
COUNTED_AS = {"waiting_feedback": "needs_you", "error": "needs_you", "answered": "active", "finishing": "active"}


class AgentColumns(Protocol):
    """The columns that readings are made from."""

    @property
    def worktree(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def status_changed_at(self) -> datetime: ...
    @property
    def connection(self) -> str: ...
    @property
    def connection_changed_at(self) -> datetime | None: ...
    @property
    def pending_question(self) -> str | None: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def dismissed_at(self) -> datetime | None: ...


def state(agent: AgentColumns) -> str:
    """The one word shown for an agent, a member of STATES."""
    if agent.connection == "offline":
        return "offline"
    if agent.status == "waiting_feedback" and agent.answered_at is not None:
        return "answered"
    return "finishing" if agent.status == "shutting_down" else agent.status


def state_since(agent: AgentColumns, now: str) -> datetime:
    """When an agent's state became what it is `now`."""
    if now == "offline":
        return agent.connection_changed_at or agent.status_changed_at
    if now == "answered" and agent.answered_at is not None:
        return agent.answered_at
    return agent.status_changed_at


def need(agent: AgentColumns) -> str | None:
    """What a person has to act on: `question`, open, or `error`, not dismissed; None for neither.

    Whatever the connection: an agent that fell silent after it asked still waits
    for its answer, which waits for the agent.
    """
    if agent.status == "waiting_feedback" and agent.answered_at is None:
        return "question"
    if agent.status == "error" and agent.dismissed_at is None:
        return "error"
    return None


def standing(agent: AgentColumns) -> str:
    """Where an agent stands for anybody who looks after the fleet, a member of STATES.

    Its need before its silence, and silence before its own word; a dismissed error
    stands among the warnings: not well, but nobody is asked to act.
    """
    wants = need(agent)
    if wants is not None:
        return "waiting_feedback" if wants == "question" else "error"
    now = state(agent)
    return "warning" if now == "error" else now


def group(agent: AgentColumns) -> str:
    """The one figure of the overview that counts an agent, a member of GROUPS.

    Who was answered is counted as active: nothing is left to do but for it to go on;
    so is who is finishing.
    """
    stands = standing(agent)
    return COUNTED_AS.get(stands, stands)


def as_json(agent: AgentColumns) -> dict[str, Any]:
    """What JSON shows of them, beside the columns."""
    now = state(agent)
    return {"state": now, "state_since": state_since(agent, now), "needs_you": need(agent) is not None}


class Readings:
    """An agent's readings."""

    __slots__ = ()

    @property
    def state(self: AgentColumns) -> str:
        """The one word shown for this agent, a member of STATES."""
        return state(self)

    @property
    def state_since(self: AgentColumns) -> datetime:
        """When `state` became what it is."""
        return state_since(self, state(self))

    @property
    def need(self: AgentColumns) -> str | None:
        """What a person has to act on, whatever the connection: `question`, `error`, or None."""
        return need(self)

    @property
    def need_since(self: AgentColumns) -> datetime:
        """When its question was put, or its error reported; silence since then does not make it younger."""
        return self.status_changed_at

    @property
    def needs_you(self: AgentColumns) -> bool:
        """True while a person has to act: an unanswered question, an error nobody has dismissed."""
        return need(self) is not None

    @property
    def face(self: AgentColumns) -> str:
        """The state whose mark and colour pages show: that of its need, also while it is silent; else its own."""
        return state(self) if need(self) is None else standing(self)

    @property
    def answered(self: AgentColumns) -> bool:
        """True from an answer until the agent goes on, also while it is silent."""
        return self.status == "waiting_feedback" and self.answered_at is not None

    @property
    def standing(self: AgentColumns) -> str:
        """Where it stands for anybody who looks after the fleet, a member of STATES."""
        return standing(self)

    @property
    def group(self: AgentColumns) -> str:
        """The one figure of the overview that counts this agent, a member of GROUPS."""
        return group(self)

    @property
    def repository(self: AgentColumns) -> str:
        """The last part of the worktree's path."""
        return self.worktree.rstrip("/").rpartition("/")[2] or self.worktree

    @property
    def question_title(self: AgentColumns) -> str:
        """The question's first line."""
        return (self.pending_question or "").partition("\n")[0]

    @property
    def question_detail(self: AgentColumns) -> str:
        """What follows the question's first line."""
        return (self.pending_question or "").partition("\n")[2].strip()
