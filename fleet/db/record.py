"""Rows as they stand after an update, without reading them again."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, Table, Update, bindparam, update

from fleet.db.transaction import Transaction


class Record(SimpleNamespace):
    """A row's columns as attributes, like SQLAlchemy's own rows."""


# What verbs work with: a row that was read, or one that is known because it was just written.
Stored = Row[Any] | Record


def rewrite(tx: Transaction, table: Table, before: Stored, values: dict[str, Any]) -> Record:
    """Write `values` over a row that was read whole in this transaction; returns the row as it is then."""
    tx.execute(_update(table, tuple(values)), {**values, "row_id": before.id})
    known = vars(before) if isinstance(before, Record) else dict(zip(_names(table), before, strict=True))
    return Record(**{**known, **values})


@lru_cache(maxsize=256)
def _update(table: Table, columns: tuple[str, ...]) -> Update:
    """The statement for these columns, made once: making it costs more than running it."""
    written: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(table).where(table.c.id == bindparam("row_id")).values(written)


@lru_cache(maxsize=16)
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.c)
