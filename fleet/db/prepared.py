"""Statements of the hot paths, put into the driver's own words once.

What SQLAlchemy does for each execution costs some times what SQLite does. A
prepared statement is compiled by SQLAlchemy, types included, and then run on the
driver's own connection; its errors are SQLAlchemy's all the same. On another
database, and where statements are logged, it is executed as any other.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from weakref import WeakSet

import msgspec
from sqlalchemy import JSON, Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from fleet.db.base import Moment
from fleet.db.long_reads import LONG, is_long
from fleet.db.record import Record

Values = Mapping[str, Any]
Process = Callable[[Any], Any]
NOTHING: Values = {}
_log = logging.getLogger("sqlalchemy.engine.Engine")
_everyone: WeakSet[Prepared] = WeakSet()


class Prepared:
    """A Core statement that is complete but for its bind parameters, none of which may expand."""

    __slots__ = ("__weakref__", "_long", "_made", "statement")

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._made: _Made | None = None
        self._long = is_long(statement.get_execution_options())
        _everyone.add(self)

    def run(self, connection: Connection, values: Values = NOTHING) -> int:
        """Execute; returns how many rows were changed."""
        if as_any_other(connection):
            return connection.execute(self.statement, values).rowcount
        return self._execute(connection, values).rowcount

    def many(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Execute for each of `rows`."""
        if as_any_other(connection):
            connection.execute(self.statement, rows)
            return
        for row in rows:
            self._execute(connection, row)

    def first(self, connection: Connection, values: Values = NOTHING) -> Record | None:
        """The first row, or None."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def all(self, connection: Connection, values: Values = NOTHING) -> list[Record]:
        """Every row."""
        if as_any_other(connection):
            return [Record(**row._mapping) for row in connection.execute(self.statement, values)]
        rows = self._rows(connection, values)
        statement = self._for(connection.dialect)
        return [statement.record(row) for row in rows]

    def raw(self, connection: Connection, values: Values = NOTHING) -> Sequence[tuple[Any, ...]]:
        """Every row as the driver gives it: to be compared, not to be read."""
        if as_any_other(connection):
            return [tuple(row) for row in connection.execute(self.statement, values)]
        return self._rows(connection, values)

    def shown(self, connection: Connection, values: Values = NOTHING) -> Iterable[dict[str, Any]]:
        """Every row as JSON shows it: what is stored as JSON is not read, and times are text already.

        All of them are read at once, and each is made when it is asked for, so that others may have turns in between.
        """
        if as_any_other(connection):
            return (dict(row._mapping) for row in connection.execute(self.statement, values).all())
        rows = self._rows(connection, values)
        return map(self._for(connection.dialect).shown, rows)

    def _rows(self, connection: Connection, values: Values) -> Sequence[Any]:
        if not self._long:
            return self._execute(connection, values).fetchall()
        statement = self._for(connection.dialect)
        return connection.exec_driver_sql(statement.text, tuple(statement.bound(values)), LONG).all()

    def _execute(self, connection: Connection, values: Values) -> sqlite3.Cursor:
        statement = self._for(connection.dialect)
        driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        try:
            return driver.execute(statement.text, statement.bound(values))
        except sqlite3.Error as error:
            wrapped = DBAPIError.instance(statement.text, None, error, sqlite3.Error, hide_parameters=True)
            raise wrapped from error

    def _for(self, dialect: Dialect) -> _Made:
        if self._made is None:
            self._made = _Made(self.statement, dialect)
        return self._made


def prepare_all(dialect: Dialect) -> int:
    """Compile every statement that there is by now, so that no request has to; returns how many."""
    statements = [*_everyone]
    for statement in statements:
        statement._for(dialect)
    return len(statements)


class _Made:
    """The statement's text, and how values get into its places and out of its columns."""

    __slots__ = ("_columns", "_given", "_places", "_read", "_shown", "text")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = cast(SQLCompiler, statement.compile(dialect=dialect))  # type: ignore[attr-defined]  # every statement has it
        self.text = str(compiled)
        names = compiled.positiontup or ()
        # Values that the statement itself gives, such as a limit.
        self._given = {name: compiled.params[name] for name in names if not compiled.binds[name].required}
        self._places = [(name, bind(compiled.binds[name].type, dialect)) for name in names]
        columns = list(getattr(statement, "exported_columns", ()))
        self._columns = [column.key for column in columns]
        readers = [result(column.type, dialect) for column in columns]
        self._shown = [
            (place, raw_json if isinstance(column.type, JSON) else as_rfc3339)
            for place, column in enumerate(columns)
            if isinstance(column.type, JSON | Moment)
        ]
        self._read = [(place, process) for place, process in enumerate(readers) if process is not None]

    def bound(self, values: Values) -> list[Any]:
        """The values in the order of their places."""
        if self._given:
            values = {**self._given, **values}
        return [values[name] if process is None else process(values[name]) for name, process in self._places]

    def record(self, row: tuple[Any, ...]) -> Record:
        """A row as the driver gives it, made into what Python works with."""
        read = list(row)
        for place, process in self._read:
            if read[place] is not None:
                read[place] = process(read[place])
        return Record(**dict(zip(self._columns, read, strict=True)))

    def shown(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """A row as the driver gives it, to be encoded as JSON."""
        read = list(row)
        for place, process in self._shown:
            if read[place] is not None:
                read[place] = process(read[place])
        return dict(zip(self._columns, read, strict=True))


def bind(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    """What makes a value of this type into what SQLite stores; SQLAlchemy's own but for moments, ten times as fast."""
    return as_stored if isinstance(kind, Moment) else kind.dialect_impl(dialect).bind_processor(dialect)


def result(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    """What makes a value of this type out of what SQLite stores, None aside; likewise."""
    return as_moment if isinstance(kind, Moment) else kind.dialect_impl(dialect).result_processor(dialect, None)


def as_stored(moment: datetime | None) -> str | None:
    """A moment as it stands in a column: UTC without a zone, to the microsecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def as_moment(stored: str) -> datetime:
    """A moment as it stands in a column, read again."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def raw_json(stored: str) -> msgspec.Raw:
    """JSON as it stands in a column, to be passed on."""
    return msgspec.Raw(stored.encode())


def as_rfc3339(stored: str) -> str:
    """A moment as it stands in a column, `2026-11-22 06:00:00.000125`, as msgspec would write it."""
    return f"{stored[:10]}T{stored[11:].removesuffix('.000000')}Z"


def as_any_other(connection: Connection) -> bool:
    """Whether statements have to go through SQLAlchemy: to another database, or into the log."""
    return connection.dialect.name != "sqlite" or _log.isEnabledFor(logging.INFO)
