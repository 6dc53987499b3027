"""Reading agents: lists with filters and total, how many are in each state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    func,
    or_,
    select,
)

from fleet.db.long_reads import long
from fleet.db.record import Stored
from fleet.db.words import mentions
from fleet.models.agent.readings import COUNTED_AS
from fleet.models.agent.record import AGENTS, GROUPS, PARTS, STATES, Agent
from fleet.models.agent.tags import CAPABILITIES, carries, works_in

OFFLINE = AGENTS.c.connection == "offline"
ANSWERED = and_(AGENTS.c.status == "waiting_feedback", AGENTS.c.answered_at.is_not(None))
ASKS = and_(AGENTS.c.status == "waiting_feedback", AGENTS.c.answered_at.is_(None))
FAILED = and_(AGENTS.c.status == "error", AGENTS.c.dismissed_at.is_(None))
NEEDS_YOU = or_(ASKS, FAILED)
# Agent.state, Agent.standing and Agent.group, said to the database; a test holds each two together.
FINISHING = AGENTS.c.status == "shutting_down"
STATE = case((OFFLINE, "offline"), (ANSWERED, "answered"), (FINISHING, "finishing"), else_=AGENTS.c.status)
STANDING = case((ASKS, "waiting_feedback"), (FAILED, "error"), (STATE == "error", "warning"), else_=STATE)
# Word by word: a prepared statement has no IN that expands.
GROUP = case(COUNTED_AS, value=STANDING, else_=STANDING)
# Who needs somebody comes first, whatever the connection: questions, then errors.
BY_STATE = case({state: place for place, state in enumerate(STATES)}, value=STATE, else_=99)
URGENCY = case((ASKS, -2), (FAILED, -1), else_=BY_STATE)
# Nothing to do and nothing wrong: folded into one line on the overview.
QUIET = ("idle", "finished")
IS_QUIET = or_(*(STATE == state for state in QUIET))  # noqa: SIM300  # a column
SORTS: dict[str, list[ColumnElement[Any]]] = {
    "created": [AGENTS.c.created_at.desc(), AGENTS.c.id],
    "last_seen": [AGENTS.c.last_seen_at.desc().nulls_last(), AGENTS.c.id],
    "state": [URGENCY, func.coalesce(AGENTS.c.activity_at, AGENTS.c.updated_at).desc(), AGENTS.c.id],
    "activity": [AGENTS.c.activity_at.desc().nulls_last(), AGENTS.c.id],
    "name": [func.lower(AGENTS.c.name), AGENTS.c.id],
    "host": [AGENTS.c.hostname.nulls_last(), func.lower(AGENTS.c.name), AGENTS.c.id],
    "progress": [AGENTS.c.progress.desc(), AGENTS.c.id],
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which agents are asked for; None stands for "any".

    `state` is the one word shown for an agent, or `needs_you`; `group` the figure of
    the overview that counts it, or one of PARTS. `words` must all occur in name, task
    or place; `quiet` asks for those without (False: with) anything to look at.
    """

    status: str | None = None
    connection: str | None = None
    hostname: str | None = None
    kind: str | None = None
    state: str | None = None
    group: str | None = None
    words: str | None = None
    quiet: bool | None = None
    tag: str | None = None
    capability: str | None = None
    repository: str | None = None
    host_id: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL."""
        conditions: list[ColumnElement[bool]] = [
            AGENTS.c[name] == value
            for name in ("status", "connection", "hostname", "kind", "host_id")
            if (value := getattr(self, name)) is not None
        ]
        if self.state is not None:
            conditions.append(NEEDS_YOU if self.state == "needs_you" else STATE == self.state)  # noqa: SIM300  # a column
        if self.group is not None:
            conditions.append((STANDING if self.group in PARTS else GROUP) == self.group)
        if self.quiet is not None:
            conditions.append(IS_QUIET if self.quiet else ~IS_QUIET)
        if self.tag is not None:
            conditions.append(carries(self.tag))
        if self.capability is not None:
            conditions.append(carries(self.capability, CAPABILITIES))
        if self.repository is not None:
            conditions.append(works_in(self.repository))
        return conditions + [said(word) for word in (self.words or "").split()[:8]]


def said(word: str) -> ColumnElement[bool]:
    """A word that occurs in name, task or place."""
    columns = (AGENTS.c.name, AGENTS.c.current_task, AGENTS.c.hostname, AGENTS.c.worktree)
    return or_(*(mentions(column, word) for column in columns))


def page(
    connection: Connection, filters: Filter, limit: int, offset: int, sort: str = "created"
) -> tuple[Sequence[Row[Any]], int]:
    """Agents that match, sorted as SORTS says, and how many there are in all."""
    conditions = filters.conditions()
    wanted = select(AGENTS).where(*conditions).order_by(*SORTS[sort]).limit(limit).offset(offset)
    return connection.execute(long(wanted)).all(), count(connection, filters)


def count(connection: Connection, filters: Filter) -> int:
    """How many agents match."""
    counted = select(func.count()).select_from(AGENTS).where(*filters.conditions())
    return connection.execute(long(counted)).scalar_one()


def matching(connection: Connection, filters: Filter, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that match the filter at this moment."""
    rows = connection.execute(select(AGENTS.c.id).where(AGENTS.c.id.in_(ids), *filters.conditions()))
    return {row.id for row in rows}


def records(rows: Sequence[Stored]) -> list[Agent]:
    """Rows as agents with everything that can be read off them, for pages."""
    return [Agent.of(row) for row in rows]


def counts_by_state(connection: Connection, filters: Filter | None = None) -> dict[str, int]:
    """How many agents are in each state, every state named."""
    counts = counted(connection, STATE, filters)
    return {state: counts.get(state, 0) for state in STATES}


def counts_by_group(connection: Connection, wanted: Filter | None = None) -> dict[str, int]:
    """How many agents each of GROUPS has, which add up to all, and each of PARTS."""
    found = counted(connection, STANDING, wanted)
    counts = dict.fromkeys(GROUPS, 0) | {part: found.get(part, 0) for part in PARTS}
    for standing, agents in found.items():
        counts[COUNTED_AS.get(standing, standing)] += agents
    return counts


def counted(connection: Connection, reading: ColumnElement[Any], wanted: Filter | None) -> dict[str, int]:
    """How many of the agents wanted read as what."""
    conditions = wanted.conditions() if wanted else []
    rows = connection.execute(long(select(reading, func.count()).where(*conditions).group_by(reading)))
    return {row[0]: row[1] for row in rows}
