"""Writing over a row that is known, without reading it again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, update

from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.db.transaction import Transaction


def rewrite(tx: Transaction, table: Table, before: Stored, values: dict[str, Any]) -> Record:
    """Write `values` over a row that was read whole in this transaction; returns the row as it is then."""
    _update(table, tuple(values)).run(tx.connection, {**values, "row_id": before.id})
    known = vars(before) if isinstance(before, Record) else dict(zip(_names(table), before, strict=True))
    return Record(**{**known, **values})


@lru_cache(maxsize=256)
def _update(table: Table, columns: tuple[str, ...]) -> Prepared:
    """The statement for these columns, made once: making it costs more than running it."""
    written: dict[str, Any] = {name: bindparam(name) for name in columns}
    return Prepared(update(table).where(table.c.id == bindparam("row_id")).values(written))


@lru_cache(maxsize=16)
def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.c)
