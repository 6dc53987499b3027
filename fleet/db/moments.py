"""Where a time begins in a table whose numbers rise with its times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select


def first_at(
    connection: Connection,
    seq: ColumnElement[int],
    at: ColumnElement[Any],
    moment: datetime,
    low: int,
    high: int,
) -> int:
    """The first row's number from `moment` on, or one in the gap before it; `high` when there is none.

    Found by halving between `low` and `high`: times rise with numbers, but for a
    clock that was set back. An index on them would cost every write something,
    and this a millisecond.
    """
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(select(seq, at).where(seq >= middle, seq < high).order_by(seq).limit(1)).first()
        if row is not None and row[1] < moment:
            low = row[0] + 1
        else:
            high = middle
    return low
