"""Tasks as lists of programs have them: the JSON of `shapes.task`, whatever is stored."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fleet.db import write
from fleet.models import shapes, task
from tests.support.agents import new_agent
from tests.support.application import connected

WORDS: dict[str, Any] = {"title": 'Größe — "prüfen"', "description": "Zeile\n\x01 zwei \u2028"}
FILTERS = (
    task.Filter(),
    task.Filter(status="pending", priority="medium", labels=("a, b",), words="größe 1"),
    task.Filter(assigned_agent_id="none", least="low", capability="python"),
    task.Filter(words="nowhere"),
)


@pytest.fixture(autouse=True)
def tasks() -> None:
    ada = new_agent()
    first = write(lambda tx: task.create(tx, WORDS | {"labels": ["a, b", "ü"], "required_capabilities": ["python"]}))
    write(lambda tx: task.create(tx, WORDS | {"depends_on": [first.id], "priority": "urgent"}))
    write(lambda tx: task.create(tx, WORDS | {"assigned_agent_id": ada}))


@pytest.mark.parametrize("filters", FILTERS)
def test_a_task_of_a_list_is_shown_as_it_is_alone(filters: task.Filter) -> None:
    with connected() as connection:
        shown, total = task.json_page(connection, filters, 10, 0)
        rows, counted = task.page(connection, filters, 10, 0)

    assert [msgspec.json.encode(each) for each in shown] == [msgspec.json.encode(shapes.task(row)) for row in rows]
    assert total == counted


def test_a_page_of_a_list_begins_behind_the_one_before() -> None:
    with connected() as connection:
        pages = [[each["number"] for each in task.json_page(connection, task.Filter(), 2, at)[0]] for at in (0, 2, 4)]

    assert pages == [[3, 2], [1], []]
