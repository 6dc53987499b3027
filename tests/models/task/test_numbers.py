"""The numbers by which people call tasks."""

from __future__ import annotations

from fleet.db import write
from fleet.models import task


def made() -> tuple[str, int]:
    """A new task's id and number."""
    row = write(lambda tx: task.create(tx, {"title": "Tidy up", "description": "All of it"}))
    return row.id, row.number


def test_numbers_rise_by_one_from_one() -> None:
    assert [made()[1] for _ in range(3)] == [1, 2, 3]


def test_the_number_of_a_deleted_task_is_not_given_again() -> None:
    made()
    newest, number = made()

    write(lambda tx: task.remove(tx, newest))

    assert made()[1] == number + 1
