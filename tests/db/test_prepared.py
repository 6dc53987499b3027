"""A prepared statement does what SQLAlchemy would do with it, and says so when it is asked to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Integer, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from fleet.db.base import Moment
from fleet.db.prepared import Prepared
from tests.db.conftest import Desk

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True),
    Column("tags", JSON(none_as_null=True)),
    Column("at", Moment),
)
ADD = Prepared(
    insert(THINGS).values({c.name: bindparam(c.name) for c in THINGS.c if c.name != "id"}).returning(THINGS.c.id)
)
RENAME = Prepared(update(THINGS).where(THINGS.c.id == bindparam("of")).values(name=bindparam("name")))
NAMED = Prepared(select(THINGS).where(THINGS.c.name == bindparam("called")).limit(3))
KEPT = Prepared(select(THINGS.c.name.label("word")).where(THINGS.c.name != "gone").order_by(THINGS.c.id))
MORNING = datetime(2026, 11, 22, 6, 0, 0, 125, tzinfo=UTC)


@contextmanager
def logged(yes: bool) -> Iterator[None]:
    """As with `--log-level trace`, where SQLAlchemy has to see every statement."""
    log = logging.getLogger("sqlalchemy.engine")
    before = log.level
    log.setLevel(logging.INFO if yes else logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)


@pytest.fixture(params=[False, True], ids=["by the driver", "logged"], autouse=True)
def _both_ways(request: pytest.FixtureRequest, desk: Desk) -> Iterator[None]:
    THINGS.create(desk.engine)
    with logged(request.param):
        yield


def thing(**values: Any) -> dict[str, Any]:
    return {"name": "egg", "tags": ["a", "é"], "at": MORNING} | values


@pytest.mark.parametrize("values", [{}, {"tags": None}, {"at": None}, {"tags": {"of": [1, None]}, "name": None}])
def test_what_is_written_is_read_as_it_was(desk: Desk, values: dict[str, Any]) -> None:
    with desk.engine.begin() as connection:
        [made] = ADD.all(connection, thing(**values))
        RENAME.run(connection, {"of": made.id, "name": "hen"})
        found = NAMED.first(connection, {"called": "hen"})
        usual = connection.execute(select(THINGS)).one()

    assert found is not None
    assert vars(found) == {"id": made.id, **thing(**values), "name": "hen"} == dict(usual._mapping)


def test_a_run_says_how_many_rows_it_changed(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        ADD.all(connection, thing())

        assert [RENAME.run(connection, {"of": number, "name": "hen"}) for number in (1, 2)] == [1, 0]


def test_many_are_written_and_all_are_read_in_order(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        Prepared(insert(THINGS).values(name=bindparam("name"))).many(
            connection, [{"name": name} for name in ("a", "gone", "b")]
        )

        assert [row.word for row in KEPT.all(connection)] == ["a", "b"]
        assert NAMED.first(connection, {"called": "nobody"}) is None


def test_errors_are_sqlalchemys(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        ADD.all(connection, thing(name="secret"))
        with pytest.raises(IntegrityError) as refused:
            ADD.all(connection, thing(name="secret"))
        THINGS.drop(connection)
        with pytest.raises(OperationalError, match="no such table"):
            KEPT.all(connection)

    assert "UNIQUE constraint failed: things.name" in str(refused.value)


def test_a_value_that_is_missing_is_an_error(desk: Desk) -> None:
    with desk.engine.begin() as connection, pytest.raises((KeyError, StatementError)):
        RENAME.run(connection, {"of": 1})
