"""Doing one thing to many: each for itself, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.db import Transaction
from fleet.errors import FleetError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it for one; `noun` says what that is, `name` is None for what is not there."""

    noun: str
    id: str
    name: str | None
    result: Any = None
    error: FleetError | None = None


def each(
    tx: Transaction, noun: str, ids: Sequence[str], names: Mapping[str, str], verb: Callable[[str], Any]
) -> list[Outcome]:
    """Run `verb` for each id, once, in order; what it raises undoes its own statements and news only."""
    return [one(tx, noun, item_id, names.get(item_id), verb) for item_id in dict.fromkeys(ids)]


def one(tx: Transaction, noun: str, item_id: str, name: str | None, verb: Callable[[str], Any]) -> Outcome:
    """The outcome for one, in a savepoint of its own."""
    announced = len(tx.announcements)
    tx.connection.exec_driver_sql("SAVEPOINT one_of_many")
    try:
        outcome = Outcome(noun, item_id, name, result=verb(item_id))
    except FleetError as error:
        tx.connection.exec_driver_sql("ROLLBACK TO one_of_many")
        del tx.announcements[announced:]
        outcome = Outcome(noun, item_id, name, error=error)
    tx.connection.exec_driver_sql("RELEASE one_of_many")
    return outcome
