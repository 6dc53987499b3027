"""Agents as JSON shows them (`shapes.agent`), a page at a time, encoded without having been read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, func, select

from fleet.db.prepared import Prepared
from fleet.models.agent.listed import SORTS, Filter
from fleet.models.agent.record import AGENTS
from fleet.models.shapes import AGENT


def page(
    connection: Connection, wanted: Filter, limit: int, offset: int, sort: str
) -> tuple[list[dict[str, Any]], int]:
    """Agents that match, sorted as SORTS says, and how many there are in all."""
    found, total = _statements(wanted, sort)
    window = {"most": limit, "skip": offset}
    return found.shown(connection, window), total.all(connection)[0].total


@lru_cache(maxsize=64)
def _statements(wanted: Filter, sort: str) -> tuple[Prepared, Prepared]:
    conditions = wanted.conditions()
    most, skip = bindparam("most", type_=Integer), bindparam("skip", type_=Integer)
    columns = (AGENTS.c[name] for name in AGENT)
    found = select(*columns).where(*conditions).order_by(*SORTS[sort]).limit(most).offset(skip)
    total = select(func.count().label("total")).select_from(AGENTS).where(*conditions)
    return Prepared(found), Prepared(total)
