"""Finding the next task: by the queue's indexes, however many tasks there are."""

from __future__ import annotations

from typing import Any, cast

import pytest
from sqlalchemy import Select, text

from fleet.db import db, write
from fleet.models import task
from fleet.models.task import claimable
from tests.support.agents import new_agent


def add(**values: Any) -> str:
    given = {"title": "T", "description": "", "priority": "medium"} | values
    return str(write(lambda tx: task.create(tx, given)).id)


def plan(agent_id: str, capabilities: list[str]) -> list[str]:
    """What SQLite means to do, step by step."""
    wanted = claimable.NEXT if capabilities else cast("Select[Any]", claimable.NEXT_OF_ANY.statement)
    given = {"agent_id": agent_id} | ({"capabilities": capabilities} if capabilities else {})
    with db.engine.connect() as connection:
        statement = wanted.params(**given).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        return [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]


@pytest.mark.parametrize("capabilities", [[], ["css", "gpu"]])
def test_each_half_of_the_queue_is_read_in_an_indexs_order(capabilities: list[str]) -> None:
    steps = plan(new_agent(), capabilities)

    searches = [step for step in steps if step.startswith("SEARCH tasks USING INDEX ix_")]
    assert searches == [
        "SEARCH tasks USING INDEX ix_tasks_queue (status=? AND waits=?)",
        "SEARCH tasks USING INDEX ix_tasks_assignee (assigned_agent_id=? AND status=? AND waits=?)",
    ]
    assert not [step for step in steps if step.startswith("SCAN tasks")]
    # The two that were found are sorted, and nothing else.
    assert steps[-1] == "USE TEMP B-TREE FOR ORDER BY"
    assert len([step for step in steps if "TEMP B-TREE" in step]) == 1


@pytest.mark.parametrize(
    ("free", "given", "first"), [("high", "low", "free"), ("low", "high", "given"), ("low", "low", "free")]
)
def test_free_and_given_tasks_are_one_queue(free: str, given: str, first: str) -> None:
    """By priority, then by age: the free task is the older one."""
    me = new_agent()
    made = {"free": add(priority=free), "given": add(priority=given, assigned_agent_id=me)}

    taken = [write(lambda tx: task.claim_next(tx, me, 60)) for _ in made]

    assert [found[0].id for found in taken if found] == sorted(made.values(), key=lambda i: i != made[first])
