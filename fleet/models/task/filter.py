"""Which tasks are asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, cast, exists, or_

from fleet.db import json_lists
from fleet.db import words as texts
from fleet.models.task.record import PRIORITIES, REQUIREMENTS, TASKS

LABELS = cast(TASKS.c.labels, Text)
NOBODY = "none"
WORDS_MOST = 8


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tasks are asked for; what is None or empty stands for "any".

    `least` is the lowest priority that is wanted; a task must carry all of
    `labels`, and each of `words` must occur in its title, description or labels,
    or be its number. `assigned_agent_id` may be NOBODY; `capability` is one that the task requires.
    """

    status: str | None = None
    priority: str | None = None
    least: str | None = None
    assigned_agent_id: str | None = None
    labels: tuple[str, ...] = ()
    words: str | None = None
    capability: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL."""
        conditions: list[ColumnElement[bool]] = []
        if self.status:
            conditions.append(TASKS.c.status == self.status)
        if self.priority:
            conditions.append(TASKS.c.priority == self.priority)
        if self.least:
            conditions.append(TASKS.c.priority_rank >= PRIORITIES.index(self.least))
        if self.assigned_agent_id == NOBODY:
            conditions.append(TASKS.c.assigned_agent_id.is_(None))
        elif self.assigned_agent_id:
            conditions.append(TASKS.c.assigned_agent_id == self.assigned_agent_id)
        if self.capability:
            conditions.append(requires(self.capability))
        conditions += [carries(label) for label in self.labels]
        conditions += [mentions(word) for word in (self.words or "").split()[:WORDS_MOST]]
        return conditions


def requires(capability: str) -> ColumnElement[bool]:
    """Only an agent with this capability can claim the task."""
    return exists().where(REQUIREMENTS.c.task_id == TASKS.c.id, REQUIREMENTS.c.capability == capability)


def carries(label: str) -> ColumnElement[bool]:
    """The task has this very label."""
    return json_lists.holds(LABELS, label)


def mentions(word: str) -> ColumnElement[bool]:
    """The word occurs in the task, or is its number (`148` or `#148`)."""
    columns = (TASKS.c.title, TASKS.c.description, LABELS)
    conditions: list[ColumnElement[bool]] = [texts.mentions(column, word) for column in columns]
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        conditions.append(TASKS.c.number == int(digits))
    return or_(*conditions)
