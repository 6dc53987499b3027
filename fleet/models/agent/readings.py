"""What can be read off an agent's columns; each is said once, for whatever holds the columns."""
# ruff: noqa: D102  # columns, which record.py describes

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Told(Protocol):
    """The columns that readings are made from, and the readings that others are made from."""

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
    @property
    def state(self) -> str: ...


class Readings:
    """An agent's readings."""

    __slots__ = ()

    @property
    def state(self: Told) -> str:
        """The one word shown for this agent, a member of STATES."""
        if self.connection == "offline":
            return "offline"
        if self.status == "waiting_feedback" and self.answered_at is not None:
            return "answered"
        return self.status

    @property
    def state_since(self: Told) -> datetime:
        """When `state` became what it is."""
        if self.state == "offline":
            return self.connection_changed_at or self.status_changed_at
        if self.state == "answered" and self.answered_at is not None:
            return self.answered_at
        return self.status_changed_at

    @property
    def needs_you(self: Told) -> bool:
        """True while a person has to act: an unanswered question, an error nobody has dismissed."""
        if self.state == "error":
            return self.dismissed_at is None
        return self.state == "waiting_feedback"

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
