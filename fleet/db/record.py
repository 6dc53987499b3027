"""Rows outside of SQLAlchemy: as they were read by a prepared statement, or as they are known after a write."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row


class Record(SimpleNamespace):
    """A row's columns as attributes, like those of SQLAlchemy's rows."""

    @property
    def _mapping(self) -> dict[str, Any]:
        return vars(self)


# What verbs work with.
Stored = Row[Any] | Record
