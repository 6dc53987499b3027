"""A task that is opened again waits for what is unfinished now, not for what was when it ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from fleet.db import write
from fleet.models import agent, task


def new_task(**values: Any) -> str:
    given = {"title": "Tidy up", "description": "All of it"} | values
    return str(write(lambda tx: task.create(tx, given)).id)


def edit(task_id: str, **changes: Any) -> Row[Any]:
    return write(lambda tx: task.edit(tx, task_id, changes))


def test_what_was_finished_meanwhile_holds_nothing_up() -> None:
    first = new_task()
    second = new_task(depends_on=[first])
    edit(second, status="failed")
    edit(first, status="completed")

    again = edit(second, status="pending")

    assert (again.waits_for, again.waits) == ([], False)


def test_what_was_opened_meanwhile_is_waited_for() -> None:
    first = new_task()
    second = new_task(depends_on=[first])
    edit(first, status="completed")
    edit(second, status="completed")
    edit(first, status="pending")

    again = edit(second, status="pending")

    assert (again.waits_for, again.waits) == ([first], True)


def test_a_task_can_be_opened_again_and_given_to_somebody_at_once() -> None:
    row = write(lambda tx: agent.create(tx, {"name": "Bug Fixer", "worktree": "/srv/app"}))
    ended = new_task()
    edit(ended, status="failed")

    again = edit(ended, status="pending", assigned_agent_id=row.id)

    assert (again.status, again.assigned_agent_id) == ("assigned", row.id)
    assert again.assigned_at is not None
