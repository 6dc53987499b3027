"""What can be read off an agent's columns; each is said once, for whatever holds the columns."""
# ruff: noqa: D102  # columns, which record.py describes

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol


class Told(Protocol):
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


def state(agent: Told) -> str:
    """The one word shown for an agent, a member of STATES."""
    if agent.connection == "offline":
        return "offline"
    if agent.status == "waiting_feedback" and agent.answered_at is not None:
        return "answered"
    return agent.status


def state_since(agent: Told, now: str) -> datetime:
    """When an agent's state became what it is `now`."""
    if now == "offline":
        return agent.connection_changed_at or agent.status_changed_at
    if now == "answered" and agent.answered_at is not None:
        return agent.answered_at
    return agent.status_changed_at


def needs_you(agent: Told, now: str) -> bool:
    """True while a person has to act on an agent in the state `now`: a question, an error nobody has dismissed."""
    return agent.dismissed_at is None if now == "error" else now == "waiting_feedback"


def shown(agent: Told) -> dict[str, Any]:
    """What JSON shows of them, beside the columns."""
    now = state(agent)
    return {"state": now, "state_since": state_since(agent, now), "needs_you": needs_you(agent, now)}


class Readings:
    """An agent's readings."""

    __slots__ = ()

    @property
    def state(self: Told) -> str:
        """The one word shown for this agent, a member of STATES."""
        return state(self)

    @property
    def state_since(self: Told) -> datetime:
        """When `state` became what it is."""
        return state_since(self, state(self))

    @property
    def needs_you(self: Told) -> bool:
        """True while a person has to act: an unanswered question, an error nobody has dismissed."""
        return needs_you(self, state(self))

    @property
    def repository(self: Told) -> str:
        """The last part of the worktree's path."""
        return self.worktree.rstrip("/").rpartition("/")[2] or self.worktree

    @property
    def question_title(self: Told) -> str:
        """The question's first line."""
        return (self.pending_question or "").partition("\n")[0]

    @property
    def question_detail(self: Told) -> str:
        """What follows the question's first line."""
        return (self.pending_question or "").partition("\n")[2].strip()
