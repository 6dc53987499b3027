"""Deleting an agent: what belongs to it goes, its tasks return, a successor inherits nothing (security.md 5)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from fleet.db import write
from fleet.errors import NotFound
from fleet.models import agent_removal, command, event, task, todo
from fleet.models.agent.record import AGENTS
from fleet.models.command import COMMANDS
from fleet.models.event import EVENTS
from fleet.models.task.record import CLAIMS, TASKS
from fleet.models.todo import TODOS
from tests.support.agents import beat, new_agent, read
from tests.support.application import Clock, changes, count, head, kinds, rows


def remove(agent_id: str) -> None:
    write(lambda tx: agent_removal.remove(tx, agent_id))


def new_task(title: str = "Tidy up", **values: object) -> str:
    given = {"title": title, "description": "All of it"} | values
    return str(write(lambda tx: task.create(tx, given)).id)


def claim(agent_id: str, task_id: str) -> int:
    return write(lambda tx: task.claim(tx, task_id, agent_id, 60))[1].fence


def furnish(agent_id: str) -> None:
    """Give the agent one of everything."""
    write(lambda tx: todo.add(tx, agent_id, "First"))
    write(lambda tx: command.send(tx, agent_id, "instruction", "Go"))
    write(lambda tx: event.post(tx, agent_id, "info", "Began"))


def test_what_belongs_to_an_agent_goes_with_it_and_nothing_else_does() -> None:
    ada, grace = new_agent(), new_agent(name="Grace")
    furnish(ada)
    furnish(grace)

    remove(ada)

    assert [row.id for row in rows(select(AGENTS.c.id))] == [grace]
    for table in (TODOS, COMMANDS, EVENTS):
        assert [row.agent_id for row in rows(select(table.c.agent_id))] == [grace]


def test_the_deletion_is_one_change_that_names_the_agent() -> None:
    ada = new_agent()
    before = head()

    remove(ada)

    assert [(row.kind, row.noun_id, row.agent_id) for row in changes(before)] == [("agent_deleted", ada, ada)]


def test_deleting_an_agent_that_is_not_there_is_refused() -> None:
    ada = new_agent()
    remove(ada)

    with pytest.raises(NotFound):
        remove(ada)


def test_open_tasks_go_back_to_the_queue_and_are_announced() -> None:
    ada = new_agent()
    given, claimed = new_task(assigned_agent_id=ada), new_task("Claimed")
    claim(ada, claimed)
    before = head()

    remove(ada)

    for row in rows(select(TASKS).where(TASKS.c.id.in_([given, claimed]))):
        assert (row.status, row.assigned_agent_id, row.lease_expires_at) == ("pending", None, None)
    assert kinds(before) == ["task_updated", "task_updated", "agent_deleted"]


def test_a_claim_of_a_deleted_agent_is_over_and_says_why() -> None:
    ada = new_agent()
    mine = new_task()
    claim(ada, mine)

    remove(ada)

    row = rows(select(CLAIMS))[0]
    assert (row.agent_id, row.ending, row.ended_at is not None) == (ada, "revoked", True)


def test_ended_tasks_stay_ended_and_forget_who_did_them() -> None:
    ada = new_agent()
    mine = new_task()
    fence = claim(ada, mine)
    write(lambda tx: task.complete(tx, mine, fence, "Done"))

    remove(ada)

    row = rows(select(TASKS))[0]
    assert (row.status, row.result, row.assigned_agent_id) == ("completed", "Done", None)


def test_another_agent_can_claim_what_came_back_under_a_higher_number() -> None:
    ada, grace = new_agent(), new_agent(name="Grace")
    mine = new_task()
    first = claim(ada, mine)
    remove(ada)

    assert claim(grace, mine) > first


def test_a_successor_under_the_same_heartbeat_id_starts_with_nothing(clock: Clock) -> None:
    ada = beat("tok_1", status="error", progress=70, tags=["old"], capabilities=["deploy"]).id
    furnish(ada)
    mine = new_task(required_capabilities=["deploy"])
    claim(ada, mine)
    remove(ada)
    clock.pass_by(1)

    again = beat("tok_2").id

    assert again == ada
    now = read(ada)
    assert (now.status, now.progress, now.tags, now.capabilities) == ("idle", 0, [], [])
    assert (now.todos_total, now.activity_message, now.owner_id) == (0, None, "tok_2")
    assert (now.version, now.edition, now.created_at) == (1, 1, clock.moment)
    assert [count(table) for table in (TODOS, COMMANDS, EVENTS)] == [0, 0, 0]
    assert rows(select(TASKS.c.assigned_agent_id))[0].assigned_agent_id is None


def test_a_predecessors_late_answer_is_kept_with_its_claim_and_told_to_no_successor(clock: Clock) -> None:
    ada = beat().id
    mine = new_task("Rotate the secret of the staging database")
    fence = claim(ada, mine)
    remove(ada)
    clock.pass_by(1)
    beat("tok_2")

    late = write(lambda tx: task.complete(tx, mine, fence, "It is done"))

    assert isinstance(late, task.Late)
    assert rows(select(CLAIMS))[0].late_answer == "It is done"
    assert rows(select(EVENTS)) == []


def test_the_predecessors_number_opens_nothing_for_its_successor(clock: Clock) -> None:
    ada = beat().id
    mine = new_task()
    old = claim(ada, mine)
    remove(ada)
    clock.pass_by(1)
    beat()
    claim(ada, mine)

    late = write(lambda tx: task.fail(tx, mine, old, "Gave up"))

    assert isinstance(late, task.Late)
    assert rows(select(TASKS))[0].status == "in_progress"
