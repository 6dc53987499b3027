"""Agents as JSON shows them (`shapes.agent`), a page at a time: encoded without having been read, and once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Integer, bindparam, func, select

from fleet.db.greenlets import in_turns
from fleet.db.long_reads import long
from fleet.db.prepared import Prepared
from fleet.db.record import Record
from fleet.models.agent import readings
from fleet.models.agent.listed import SORTS, Filter
from fleet.models.agent.record import AGENTS
from fleet.models.shapes import AGENT

Edition = tuple[Any, ...]
# Whatever `state` is read off and is not shown itself.
READ_OFF = ("status_changed_at", "connection_changed_at", "answered_at", "dismissed_at")
COLUMNS = [AGENTS.c[name] for name in (*AGENT, *READ_OFF)]
ONE = Prepared(select(*COLUMNS).where(AGENTS.c.id == bindparam("agent_id")))
# Beyond so many that are not kept it is cheaper to read the whole page.
FEW = 20
MOST = 8 * 2**20  # bytes, of some ten thousand agents
_encode = msgspec.json.Encoder().encode


class JsonPages:
    """Agents' JSON, kept until they change; what was made first goes first.

    Every write of what is shown raises an agent's `version`, but for when a host was
    heard last; one that was deleted and came back under its old id was made and
    written at other times.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[str, tuple[Edition, msgspec.Raw]] = {}
        self._bytes = 0

    def page(
        self, connection: Connection, filters: Filter, limit: int, offset: int, sort: str
    ) -> tuple[list[msgspec.Raw], int]:
        """Agents that match, sorted as SORTS says, and how many there are in all."""
        statements, window = made(filters, sort), {"most": limit, "skip": offset}
        editions = {row[0]: row for row in statements.editions.raw(connection, window)}
        known = {agent_id: self._recall(agent_id, edition) for agent_id, edition in editions.items()}
        missing = [agent_id for agent_id, text in known.items() if text is None]
        if len(missing) > FEW:
            read: Iterable[dict[str, Any]] = statements.page.shown(connection, window)
        else:
            read = (row for agent_id in missing for row in ONE.shown(connection, {"agent_id": agent_id}))
        for row in in_turns(read):
            if row["id"] in known:
                known[row["id"]] = self._keep(editions[row["id"]], msgspec.Raw(_encode(with_state(row))))
        [total] = statements.total.raw(connection)
        # Who is gone since the first look is left out.
        return [text for text in known.values() if text is not None], total[0]

    def _recall(self, agent_id: str, edition: Edition) -> msgspec.Raw | None:
        remembered = self._kept.get(agent_id)
        return remembered[1] if remembered is not None and remembered[0] == edition else None

    def _keep(self, edition: Edition, text: msgspec.Raw) -> msgspec.Raw:
        self._forget(edition[0])
        self._kept[edition[0]] = edition, text
        self._bytes += len(text)
        while self._bytes > self._most:
            self._forget(next(iter(self._kept)))
        return text

    def _forget(self, agent_id: str) -> None:
        gone = self._kept.pop(agent_id, None)
        if gone is not None:
            self._bytes -= len(gone[1])


def with_state(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is shown: its times are text already, which `state_since` is one of."""
    read = readings.as_json(Record(**row))
    return {name: row[name] for name in AGENT} | read


@dataclass(frozen=True, slots=True)
class Statements:
    """What one kind of list asks for: which agents as they stand, all that is shown of them, how many there are."""

    editions: Prepared
    page: Prepared
    total: Prepared


@lru_cache(maxsize=64)
def made(filters: Filter, sort: str) -> Statements:
    """The statements for a filter and an order."""
    conditions = filters.conditions()
    most, skip = bindparam("most", type_=Integer), bindparam("skip", type_=Integer)
    # A host's signs of life are written by themselves (models/host/snapshots.py): they raise no version.
    edition = (AGENTS.c.id, AGENTS.c.version, AGENTS.c.created_at, AGENTS.c.updated_at, AGENTS.c.last_seen_at)
    which, whole = (
        select(*columns).where(*conditions).order_by(*SORTS[sort]).limit(most).offset(skip)
        for columns in (edition, COLUMNS)
    )
    total = select(func.count().label("total")).select_from(AGENTS).where(*conditions)
    if conditions or sort != "created":  # the order that programs ask for most has an index
        which, total = long(which), long(total)
    return Statements(Prepared(which), Prepared(long(whole)), Prepared(total))
