"""Tasks as JSON shows them (`shapes.task`), a page at a time: encoded without having been read.

Reading a thousand rows and making lists and moments of what is stored as text took six times as long.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, func, select

from fleet.db.long_reads import long
from fleet.db.prepared import Prepared
from fleet.models.shapes import TASK
from fleet.models.task.filter import Filter
from fleet.models.task.listed import NEWEST
from fleet.models.task.record import TASKS


@dataclass(frozen=True, slots=True)
class Statements:
    """What one kind of list asks for: all that is shown of its tasks, and how many there are."""

    page: Prepared
    total: Prepared


def json_page(connection: Connection, filters: Filter, limit: int, offset: int) -> tuple[Iterable[dict[str, Any]], int]:
    """Tasks that match, newest first, each to be encoded when its turn comes, and how many there are in all."""
    statements = made(filters)
    shown = statements.page.shown(connection, {"most": limit, "skip": offset})
    [total] = statements.total.raw(connection)
    return shown, total[0]


@lru_cache(maxsize=64)
def made(filters: Filter) -> Statements:
    """The statements for a filter."""
    most, skip = bindparam("most", type_=Integer), bindparam("skip", type_=Integer)
    conditions = filters.conditions()
    # Only those that are shown are read whole.
    ids = select(TASKS.c.id).where(*conditions).order_by(*NEWEST).limit(most).offset(skip)
    page = select(*(TASKS.c[name] for name in TASK)).where(TASKS.c.id.in_(ids)).order_by(*NEWEST)
    total = select(func.count().label("total")).select_from(TASKS).where(*conditions)
    return Statements(Prepared(long(page)), Prepared(long(total)))
