"""Agents as cards, rows and needs show them: the columns that can be seen there, nothing else.

A list of these is made a tenth as long as one of `Agent`. Two that are equal
look the same, so what was rendered of one may be shown for the other: a
heartbeat, which changes only what no list shows, makes an equal one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, Text, cast, select

from fleet.db.long_reads import long
from fleet.models.agent.listed import SORTS, Filter
from fleet.models.agent.readings import Readings
from fleet.models.agent.record import AGENTS


class Columns(NamedTuple):
    """What is read; lists are their JSON."""

    id: str
    kind: str
    name: str
    worktree: str
    hostname: str | None
    status: str
    status_changed_at: datetime
    connection: str
    connection_changed_at: datetime | None
    current_task: str | None
    progress: int
    lines_added: int
    lines_removed: int
    pending_question: str | None
    options_json: str
    answered_at: datetime | None
    dismissed_at: datetime | None
    todos_done: int
    todos_total: int
    activity_type: str | None
    activity_message: str | None
    activity_at: datetime | None
    tags_json: str
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    stop_id: str | None


class Summary(Columns, Readings):
    """An agent at a glance."""

    __slots__ = ()

    @property
    def question_options(self) -> list[str]:
        """The likely answers to its question."""
        return list_of(self.options_json)

    @property
    def tags(self) -> list[str]:
        """Its tags."""
        return list_of(self.tags_json)


LISTS = {"options_json": AGENTS.c.question_options, "tags_json": AGENTS.c.tags}
READ: Select[*tuple[Any, ...]] = select(
    *(cast(LISTS[name], Text) if name in LISTS else AGENTS.c[name] for name in Columns._fields)
)


def first(connection: Connection, filters: Filter, limit: int, sort: str = "state", offset: int = 0) -> list[Summary]:
    """The agents that match, sorted as SORTS says, from `offset` on."""
    wanted = READ.where(*filters.conditions()).order_by(*SORTS[sort]).limit(limit).offset(offset)
    return glances(connection, long(wanted))


def of(connection: Connection, ids: Iterable[str]) -> dict[str, Summary]:
    """Those of `ids` that are there, by id."""
    return {agent.id: agent for agent in glances(connection, READ.where(AGENTS.c.id.in_(list(ids))))}


def glances(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Summary]:
    """What a selection from READ finds."""
    rows: Sequence[Any] = connection.execute(query).all()
    return [Summary._make(row) for row in rows]


def list_of(text: str) -> list[str]:
    """A list of texts from its JSON."""
    return msgspec.json.decode(text, type=list[str])
