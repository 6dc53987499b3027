"""Where a time begins is found by halving, in gaps too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert

from fleet.db.base import Moment
from fleet.db.moments import first_at

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINES = Table("lines", MetaData(), Column("seq", Integer, primary_key=True), Column("at", Moment))


@pytest.mark.parametrize("numbers", [range(1, 60), [3, 4, 5, 40, 41, 58], [58], []])
def test_the_first_from_a_moment_on_is_found(numbers: list[int]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        LINES.create(connection)
        for number in numbers:
            connection.execute(insert(LINES).values(seq=number, at=NOON + timedelta(minutes=number)))
        for minute in range(62):
            place = first_at(connection, LINES.c.seq, LINES.c.at, NOON + timedelta(minutes=minute), 1, 60)
            assert [n for n in numbers if n >= place] == [n for n in numbers if n >= minute], (numbers, minute)
