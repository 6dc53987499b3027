"""Agents of all kinds as document 3 lists them: last seen first, with what is known of their machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from fleet.db import long_reads
from fleet.models.agent import unknown
from fleet.models.agent.listed import SORTS
from fleet.models.agent.record import AGENTS
from fleet.models.host.record import HOSTS

OF_AGENT = ("id", "kind", "name", "hostname", "machine_address", "connection", "last_seen_at", "tags", "capabilities")
OF_HOST = ("ip", "os", "daemon_version")
BOTH = select(*(AGENTS.c[name] for name in OF_AGENT), *(HOSTS.c[name] for name in OF_HOST)).outerjoin(
    HOSTS, HOSTS.c.agent_id == AGENTS.c.id
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which agents are asked for; None stands for any. Who was never connected counts as offline."""

    online: bool | None = None
    hostname: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL."""
        conditions: list[ColumnElement[bool]] = []
        if self.online is not None:
            is_online = AGENTS.c.connection == "online"
            conditions.append(is_online if self.online else ~is_online)
        if self.hostname is not None:
            conditions.append(AGENTS.c.hostname == self.hostname)
        return conditions


def page(connection: Connection, wanted: Filter, limit: int | None, offset: int = 0) -> tuple[Sequence[Row[Any]], int]:
    """Those that match, all of them without a limit, and how many there are."""
    conditions = wanted.conditions()
    asked = BOTH.where(*conditions).order_by(*SORTS["last_seen"])
    if limit is not None or offset:
        asked = asked.limit(-1 if limit is None else limit).offset(offset)
    total = select(func.count()).select_from(AGENTS).where(*conditions)
    return long_reads.read(connection, asked), connection.execute(long_reads.long(total)).scalar_one()


def one(connection: Connection, agent_id: str) -> Row[Any]:
    """One of them. Raises NotFound."""
    row = connection.execute(BOTH.where(AGENTS.c.id == agent_id)).one_or_none()
    if row is None:
        raise unknown()
    return row
