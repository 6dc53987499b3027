"""Reading the task queue: lists, figures, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, select

from fleet.db import long_reads
from fleet.db.long_reads import long
from fleet.models.task.filter import LABELS, Filter
from fleet.models.task.record import CLAIMS, DEPENDENCIES, REQUIREMENTS, STATUSES, TASKS, find

# How a column of the board, or a list of one status, is ordered: what is to be
# done as it will be taken, what is over newest first.
QUEUE: list[ColumnElement[Any]] = [TASKS.c.priority_rank.desc(), TASKS.c.number]
NEWEST: list[ColumnElement[Any]] = [TASKS.c.number.desc()]
ORDERS: dict[str, list[ColumnElement[Any]]] = {
    "": NEWEST,
    "pending": QUEUE,
    "assigned": QUEUE,
    "in_progress": [TASKS.c.started_at.desc(), *NEWEST],
    "completed": [TASKS.c.completed_at.desc(), *NEWEST],
    "failed": [TASKS.c.updated_at.desc(), *NEWEST],
}


def page(
    connection: Connection, filters: Filter, limit: int, offset: int, order: str = ""
) -> tuple[Sequence[Row[Any]], int]:
    """Tasks that match, ordered as ORDERS says, and how many there are in all."""
    rows = first(connection, filters, limit, order, offset)
    total = long(select(func.count()).select_from(TASKS).where(*filters.conditions()))
    return rows, connection.execute(total).scalar_one()


def first(connection: Connection, filters: Filter, limit: int, order: str = "", offset: int = 0) -> Sequence[Row[Any]]:
    """The first tasks that match; only those that are shown are read whole."""
    ids = select(TASKS.c.id).where(*filters.conditions()).order_by(*ORDERS[order]).limit(limit)
    wanted = select(TASKS).where(TASKS.c.id.in_(ids.offset(offset))).order_by(*ORDERS[order])
    return long_reads.read(connection, wanted)


def matching(connection: Connection, filters: Filter, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that match the filter at this moment."""
    rows = connection.execute(select(TASKS.c.id).where(TASKS.c.id.in_(ids), *filters.conditions()))
    return {row.id for row in rows}


def chunks(connection: Connection, filters: Filter, below: int | None, size: int) -> Sequence[Row[Any]]:
    """The next `size` tasks that match, newest first, with a number under `below`: keyset paging."""
    older = [] if below is None else [TASKS.c.number < below]
    wanted = select(TASKS).where(*older, *filters.conditions()).order_by(*NEWEST).limit(size)
    return long_reads.read(connection, wanted)


def counts_by_status(connection: Connection, filters: Filter) -> dict[str, int]:
    """How many tasks of each status match, every status named."""
    by_status = select(TASKS.c.status, func.count()).where(*filters.conditions()).group_by(TASKS.c.status)
    rows = connection.execute(long(by_status))
    counts = {row[0]: row[1] for row in rows}
    return {status: counts.get(status, 0) for status in STATUSES}


def labels_in_use(connection: Connection, most: int = 100) -> list[str]:
    """The labels that tasks carry, the most used first."""
    lists = select(LABELS, func.count()).group_by(LABELS).order_by(func.count().desc()).limit(1000)
    used: Counter[str] = Counter()
    for text, count in connection.execute(long(lists)):
        used.update(dict.fromkeys(msgspec.json.decode(text), count))
    return [label for label, _ in used.most_common(most)]


def capabilities_in_use(connection: Connection, most: int = 100) -> list[str]:
    """The capabilities that tasks require, in alphabetical order."""
    names = select(REQUIREMENTS.c.capability).distinct().order_by(REQUIREMENTS.c.capability).limit(most)
    return list(connection.execute(long(names)).scalars())


class Unfinished(NamedTuple):
    """Tasks that nobody has yet, those of them that can start now, and those that failed."""

    waiting: int
    claimable: int
    failed: int


def unfinished(connection: Connection) -> Unfinished:
    """Count what waits, for an agent or for a person; the queue's index has all of it."""
    rows = connection.execute(
        long(
            select(TASKS.c.status, TASKS.c.waits, func.count())
            .where(TASKS.c.status.in_(("pending", "failed")))
            .group_by(TASKS.c.status, TASKS.c.waits)
        )
    )
    counts = {(status, bool(waits)): count for status, waits, count in rows}
    free, bound = counts.get(("pending", False), 0), counts.get(("pending", True), 0)
    failed = counts.get(("failed", False), 0) + counts.get(("failed", True), 0)
    return Unfinished(free + bound, free, failed)


def claims(connection: Connection, task_id: str) -> Sequence[Row[Any]]:
    """Every claim of a task, oldest first, with how it ended and what came too late."""
    find(connection, task_id)
    return connection.execute(select(CLAIMS).where(CLAIMS.c.task_id == task_id).order_by(CLAIMS.c.fence)).all()


def dependents(connection: Connection, task_id: str) -> Sequence[Row[Any]]:
    """The tasks that wait for this one, or waited, by number."""
    return connection.execute(
        select(TASKS)
        .join(DEPENDENCIES, DEPENDENCIES.c.task_id == TASKS.c.id)
        .where(DEPENDENCIES.c.needs_id == task_id)
        .order_by(TASKS.c.number)
    ).all()


def every(connection: Connection, ids: Sequence[str]) -> Iterator[Row[Any]]:
    """The tasks with these ids, in the ids' order; those that are gone are passed over."""
    rows = connection.execute(select(TASKS).where(TASKS.c.id.in_(ids)))
    rows_by_id = {row.id: row for row in rows}
    return (rows_by_id[task_id] for task_id in ids if task_id in rows_by_id)
