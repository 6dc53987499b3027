"""Hosts as a list shows them: who matches an expression, in which order, what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    not_,
    or_,
    select,
    true,
)

from fleet.db.long_reads import long
from fleet.db.words import mentions
from fleet.models.agent.record import AGENTS
from fleet.models.agent.tags import carries
from fleet.models.execution.record import EXECUTIONS
from fleet.models.host.expression import STATES, AnyOf, Expression, Not, Term
from fleet.models.host.record import HOSTS

# Percent from which on a host is not well: its root file system, its memory.
DISK_FULL, MEMORY_FULL = 90, 95
SEEN: FromClause = AGENTS.outerjoin(HOSTS, HOSTS.c.agent_id == AGENTS.c.id)
IS_HOST = AGENTS.c.kind == "host"


def metric(name: str) -> ColumnElement[Any]:
    """A figure of the last metrics that were written down."""
    return func.json_extract(HOSTS.c.snapshot, f"$.{name}")


_open = and_(EXECUTIONS.c.agent_id == AGENTS.c.id, EXECUTIONS.c.ended_at.is_(None))
RUNNING = (
    select(func.count())
    .select_from(EXECUTIONS)
    .where(_open, EXECUTIONS.c.started_at.is_not(None))
    .correlate(AGENTS)
    .scalar_subquery()
)
FULL = or_(metric("disk_percent") >= DISK_FULL, metric("mem_percent") >= MEMORY_FULL)
# HostSummary.state, said to the database; a test holds the two together.
STATE = case((AGENTS.c.connection != "online", "offline"), (FULL, "warning"), (RUNNING > 0, "active"), else_="idle")
URGENCY = case({"warning": 0, "offline": 1, "active": 2, "idle": 3}, value=STATE)
SORTS: dict[str, list[ColumnElement[Any]]] = {
    "state": [URGENCY, func.lower(AGENTS.c.name), AGENTS.c.id],
    "name": [func.lower(AGENTS.c.name), AGENTS.c.id],
    "cpu": [metric("cpu_percent").desc().nulls_last(), func.lower(AGENTS.c.name), AGENTS.c.id],
    "memory": [metric("mem_percent").desc().nulls_last(), func.lower(AGENTS.c.name), AGENTS.c.id],
    "disk": [metric("disk_percent").desc().nulls_last(), func.lower(AGENTS.c.name), AGENTS.c.id],
    "seen": [AGENTS.c.last_seen_at.desc().nulls_last(), func.lower(AGENTS.c.name), AGENTS.c.id],
}
TEXTS: dict[str, Any] = {
    "name": AGENTS.c.name,
    "host": AGENTS.c.hostname,
    "ip": func.coalesce(HOSTS.c.ip, AGENTS.c.machine_address),
    "os": HOSTS.c.os,
    "arch": HOSTS.c.arch,
    "version": HOSTS.c.daemon_version,
}


class Columns(NamedTuple):
    """What is read of a host."""

    id: str
    name: str
    hostname: str | None
    connection: str
    connection_changed_at: datetime | None
    last_seen_at: datetime | None
    created_at: datetime
    tags_json: str
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    stop_id: str | None
    address: str | None
    os: str | None
    arch: str | None
    daemon_version: str | None
    snapshot: dict[str, Any] | None
    snapshot_at: datetime | None
    running: int


class HostSummary(Columns):
    """A host at a glance; `snapshot` are its last metrics, from wherever they are newest."""

    __slots__ = ()

    @property
    def tags(self) -> list[str]:
        """Its tags."""
        return msgspec.json.decode(self.tags_json, type=list[str])

    @property
    def state(self) -> str:
        """The one word shown for it: offline, warning, active, idle."""
        if self.connection != "online":
            return "offline"
        if self.full:
            return "warning"
        return "active" if self.running else "idle"

    @property
    def full(self) -> str:
        """What is nearly used up, in words; "" where nothing is."""
        return full(self.snapshot)

    @property
    def was_there(self) -> bool:
        """False for one whose daemon was never connected."""
        return self.connection != "unknown"

    def percent(self, name: str) -> float | None:
        """One of the metrics that are shares, between 0 and 100; None where it is not known."""
        return percent(self.snapshot, name)

    @property
    def uptime(self) -> float | None:
        """Seconds since its start, when the metrics were taken; None where it is not known."""
        value = (self.snapshot or {}).get("uptime_s")
        return float(value) if isinstance(value, int | float) and value >= 0 else None


def percent(metrics: dict[str, Any] | None, name: str) -> float | None:
    """One of the metrics that are shares, between 0 and 100; None where it is not known."""
    value = (metrics or {}).get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return float(value)


def full(metrics: dict[str, Any] | None) -> str:
    """What metrics say is nearly used up, in words; "" where nothing is."""
    for name, word, most in (("disk_percent", "disk", DISK_FULL), ("mem_percent", "memory", MEMORY_FULL)):
        share = percent(metrics, name)
        if share is not None and share >= most:
            return f"{word} {share:.0f} %"
    return ""


_computed: dict[str, Any] = {
    "tags_json": cast(AGENTS.c.tags, Text),
    "address": TEXTS["ip"],
    "running": RUNNING,
}
_hosts = ("os", "arch", "daemon_version", "snapshot", "snapshot_at")


def column(name: str) -> Any:
    """What a field of Columns is read from."""
    if name in _computed:
        return _computed[name].label(name)
    return HOSTS.c[name] if name in _hosts else AGENTS.c[name]


READ: Select[*tuple[Any, ...]] = select(*map(column, Columns._fields)).select_from(SEEN).where(IS_HOST)


def condition(asked: Expression | None) -> ColumnElement[bool]:
    """An expression as SQL."""
    if asked is None:
        return true()
    if isinstance(asked, Term):
        return says(asked)
    if isinstance(asked, Not):
        return not_(condition(asked.inner))
    parts = [condition(part) for part in asked.parts]
    return or_(*parts) if isinstance(asked, AnyOf) else and_(*parts)


def says(term: Term) -> ColumnElement[bool]:
    """A term as SQL; what is not known of a host says nothing, and its negation does."""
    if term.field == "tag":
        return carries(term.word)
    if term.field == "state":
        return STATE.is_not_distinct_from(term.word.lower())
    columns = [TEXTS[term.field]] if term.field else [TEXTS[name] for name in ("name", "host", "ip")]
    return or_(*(mentions(func.coalesce(each, ""), term.word) for each in columns))


def page(
    connection: Connection, asked: Expression | None, limit: int, offset: int = 0, sort: str = "state"
) -> list[HostSummary]:
    """The hosts that match, sorted as SORTS says, from `offset` on."""
    query = READ.where(condition(asked)).order_by(*SORTS[sort]).limit(limit).offset(offset)
    return summaries(connection, long(query))


def count(connection: Connection, asked: Expression | None) -> int:
    """How many hosts match."""
    query = select(func.count()).select_from(SEEN).where(IS_HOST, condition(asked))
    return connection.execute(long(query)).scalar_one()


def of(connection: Connection, ids: Iterable[str]) -> dict[str, HostSummary]:
    """Those of `ids` that are hosts, by id."""
    return {each.id: each for each in summaries(connection, READ.where(AGENTS.c.id.in_(list(ids))))}


def matching(connection: Connection, asked: Expression | None, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that match at this moment."""
    query = select(AGENTS.c.id).select_from(SEEN).where(IS_HOST, AGENTS.c.id.in_(ids), condition(asked))
    return {row.id for row in connection.execute(query)}


def summaries(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[HostSummary]:
    """What a selection from READ finds."""
    rows: Sequence[Any] = connection.execute(query).all()
    return [HostSummary._make(row) for row in rows]


def counts_by_state(connection: Connection, asked: Expression | None) -> dict[str, int]:
    """How many of the hosts that match are in each state, every state named."""
    query = select(STATE, func.count()).select_from(SEEN).where(IS_HOST, condition(asked)).group_by(STATE)
    found = {row[0]: row[1] for row in connection.execute(long(query))}
    return {state: found.get(state, 0) for state in STATES}
