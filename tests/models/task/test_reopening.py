"""A task that is opened again waits for what is unfinished now, not for what was when it ended."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from fleet.db import write
from fleet.models import agent, task
from fleet.models.journal import CHANGES
from tests.support.application import rows


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


def test_it_can_be_given_again_to_the_agent_that_failed_with_other_words() -> None:
    row = write(lambda tx: agent.create(tx, {"name": "Bug Fixer", "worktree": "/srv/app"}))
    ended = new_task(assigned_agent_id=row.id)
    edit(ended, status="failed", failure_reason="Too vague")

    again = edit(ended, status="pending", assigned_agent_id=row.id, title="Tidy up the cellar")

    assert (again.status, again.assigned_agent_id, again.title) == ("assigned", row.id, "Tidy up the cellar")
    assert again.failure_reason is None
    told = rows(select(CHANGES).where(CHANGES.c.kind == "task_assigned", CHANGES.c.noun_id == ended))
    assert len(told) == 2, "when it was made, and now"


def test_it_can_be_given_to_another_agent_than_the_one_that_failed() -> None:
    first, second = (
        write(lambda tx, name=name: agent.create(tx, {"name": name, "worktree": "/srv/app"})).id
        for name in ("One", "Two")
    )
    ended = new_task(assigned_agent_id=first)
    edit(ended, status="failed")

    assert edit(ended, status="pending", assigned_agent_id=second).assigned_agent_id == second


def test_given_to_nobody_it_waits_for_anybody() -> None:
    row = write(lambda tx: agent.create(tx, {"name": "Bug Fixer", "worktree": "/srv/app"}))
    ended = new_task(assigned_agent_id=row.id)
    edit(ended, status="failed")

    again = edit(ended, status="pending", assigned_agent_id=None)
    assert (again.status, again.assigned_agent_id) == ("pending", None)
