"""The task queue against a plain model of it: whatever is done in whatever order (I5, I10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, delete, select

from fleet import clock as fleet_clock
from fleet.db import Transaction, write
from fleet.errors import Conflict, Invalid
from fleet.models import agent_removal, shapes, task
from fleet.models.agent.record import AGENTS
from fleet.models.task.record import CLAIMS, STATUSES, TASKS
from tests.support.agents import new_agent
from tests.support.application import Clock, changes, connected, frame, head, rows
from tests.support.task_queue import ENDED, MOVES, PRIORITIES, Queue, Refused

SKILLS = ("deploy", "review", "write")
SKILL_SETS = st.frozensets(st.sampled_from(SKILLS), max_size=2)
LEASES = st.integers(10, 120)
FENCES = st.integers(-1, 2)  # how far behind the present number; negative ones never were
CLOCK = Clock()


class TaskQueue(RuleBasedStateMachine):
    """Every verb on the real queue and on the model, then both are compared."""

    agents: Bundle[str] = Bundle("agents")
    tasks: Bundle[str] = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        write(lambda tx: [tx.execute(delete(table)) for table in (TASKS, AGENTS)])
        self.queue = Queue(CLOCK.moment)
        self.before = self.stored()
        self.read_until = head()

    @staticmethod
    def stored() -> dict[str, Row[Any]]:
        return {row.id: row for row in rows(select(TASKS))}

    def both(self, verb: Callable[[Transaction], Any], name: str, *arguments: object) -> tuple[Any, Any]:
        """The real answer and the model's; they must refuse the same things."""
        refused: Exception | None = None
        real: Any = None
        try:
            real = write(verb)
        except (Conflict, Invalid) as error:
            refused = error
        expected, reason = self.expected(name, *arguments)
        assert (refused is None) == (reason is None), f"{name}: {refused} here, {reason} in the model"
        return real, expected

    def expected(self, name: str, *arguments: object) -> tuple[Any, Refused | None]:
        """The model's answer, or why it refuses."""
        try:
            return self.queue.attempt(name, *arguments), None
        except Refused as reason:
            return None, reason

    def edit(self, task_id: str, changes: dict[str, Any], name: str, *more: object) -> None:
        self.both(lambda tx: task.edit(tx, task_id, changes), name, task_id, *more)

    # Making, editing, deleting

    @initialize(target=agents, skills=SKILL_SETS)
    def first_agent(self, skills: frozenset[str]) -> Any:
        return multiple(self.add_agent(skills), self.add_agent(frozenset(SKILLS)))

    @initialize(target=tasks, chain=st.lists(st.booleans(), min_size=3, max_size=5))
    def first_tasks(self, chain: list[bool]) -> Any:
        made: list[str] = []
        for waits in chain:
            made.append(str(self.create("medium", frozenset(), made[-1:] if waits else [], None)))
        return multiple(*made)

    @rule(target=agents, skills=SKILL_SETS)
    def another_agent(self, skills: frozenset[str]) -> str:
        return self.add_agent(skills)

    def add_agent(self, skills: frozenset[str]) -> str:
        agent_id = new_agent(capabilities=sorted(skills))
        self.queue.agents[agent_id] = skills
        return agent_id

    @rule(
        target=tasks,
        priority=st.sampled_from(PRIORITIES),
        skills=SKILL_SETS,
        needs=st.lists(tasks, max_size=2, unique=True),
        assignee=st.none() | agents,
    )
    def create(self, priority: str, skills: frozenset[str], needs: list[str], assignee: str | None) -> str:
        row = write(
            lambda tx: task.create(
                tx,
                {
                    "title": "Tidy up",
                    "description": "All of it",
                    "priority": priority,
                    "required_capabilities": sorted(skills),
                    "depends_on": needs,
                    "assigned_agent_id": assignee,
                },
            )
        )
        self.queue.add(row.id, priority, needs, skills, assignee)
        return str(row.id)

    @rule(task_id=tasks, status=st.sampled_from(STATUSES))
    def set_status(self, task_id: str, status: str) -> None:
        self.edit(task_id, {"status": status}, "set_status", status)

    @rule(task_id=tasks, data=st.data())
    def move(self, task_id: str, data: st.DataObject) -> None:
        """Go where the present status allows, so that long ways of a task are seen too."""
        here = self.queue.tasks[task_id].status
        self.set_status(task_id, data.draw(st.sampled_from(sorted(MOVES[here]))))

    @rule(task_id=tasks, agent_id=st.none() | agents, may_take=st.booleans())
    def assign(self, task_id: str, agent_id: str | None, may_take: bool) -> None:
        if_match = "*" if may_take else None
        change = {"assigned_agent_id": agent_id}
        self.both(lambda tx: task.edit(tx, task_id, change, if_match), "assign", task_id, agent_id, may_take)

    @rule(task_id=tasks, needs=st.lists(tasks, max_size=3, unique=True))
    def depend(self, task_id: str, needs: list[str]) -> None:
        self.edit(task_id, {"depends_on": needs}, "depend", needs)

    @rule(task_id=tasks, priority=st.sampled_from(PRIORITIES))
    def prioritise(self, task_id: str, priority: str) -> None:
        self.edit(task_id, {"priority": priority}, "prioritise", priority)

    @precondition(lambda self: len(self.queue.tasks) > 3)
    @rule(task_id=consumes(tasks))
    def delete_task(self, task_id: str) -> None:
        self.both(lambda tx: task.remove(tx, task_id), "remove", task_id)

    @precondition(lambda self: len(self.queue.agents) > 2)
    @rule(agent_id=consumes(agents))
    def delete_agent(self, agent_id: str) -> None:
        self.both(lambda tx: agent_removal.remove(tx, agent_id), "remove_agent", agent_id)

    # Claiming and what follows

    @rule(agent_id=agents, seconds=LEASES)
    def claim_next(self, agent_id: str, seconds: int) -> None:
        with_read = has_work(agent_id)
        claimed, expected = self.both(
            lambda tx: task.claim_next(tx, agent_id, seconds), "claim_next", agent_id, seconds
        )
        assert (claimed[0].id if claimed else None) == expected
        assert with_read or claimed is None
        self.check_lease(claimed, seconds)

    @rule(task_id=tasks, agent_id=agents, seconds=LEASES)
    def claim(self, task_id: str, agent_id: str, seconds: int) -> None:
        claimed, _ = self.both(
            lambda tx: task.claim(tx, task_id, agent_id, seconds), "claim", task_id, agent_id, seconds
        )
        self.check_lease(claimed, seconds)

    @rule(task_id=tasks, behind=FENCES, seconds=LEASES)
    def renew(self, task_id: str, behind: int, seconds: int) -> None:
        fence = self.fence(task_id, behind)
        claimed, _ = self.both(lambda tx: task.renew(tx, task_id, fence, seconds), "renew", task_id, fence, seconds)
        self.check_lease(claimed, seconds)

    @rule(task_id=tasks, behind=st.none() | FENCES)
    def release(self, task_id: str, behind: int | None) -> None:
        fence = None if behind is None else self.fence(task_id, behind)
        self.both(lambda tx: task.release(tx, task_id, fence), "release", task_id, fence)

    @rule(task_id=tasks, behind=FENCES, well=st.booleans())
    def finish(self, task_id: str, behind: int, well: bool) -> None:
        fence = self.fence(task_id, behind)
        verb, ending = (task.complete, "completed") if well else (task.fail, "failed")
        real, ended = self.both(lambda tx: verb(tx, task_id, fence, "So it went"), "finish", task_id, fence, ending)
        assert isinstance(real, task.Late) != ended

    @rule(seconds=st.sampled_from([1, 9, 30, 119, 3600]), swept=st.booleans())
    def time_passes(self, seconds: int, swept: bool) -> None:
        CLOCK.pass_by(seconds)
        self.queue.now = CLOCK.moment
        if swept:
            self.both(task.give_back_expired, "expire")
            assert not rows(select(TASKS.c.id).where(TASKS.c.lease_expires_at <= CLOCK.moment))

    def fence(self, task_id: str, behind: int) -> int:
        return self.queue.tasks[task_id].fence - behind

    def check_lease(self, claimed: Any, seconds: int) -> None:
        """A lease ends when it says, and its number is the task's newest."""
        if claimed is not None:
            task, lease = claimed
            assert lease.expires_at == task.lease_expires_at == CLOCK.moment + timedelta(seconds=seconds)
            assert lease.fence == task.fence == self.queue.tasks[task.id].fence

    # What always holds

    @invariant()
    def every_task_is_as_the_model_has_it(self) -> None:
        stored = self.stored()
        assert stored.keys() == self.queue.tasks.keys()
        for task_id, known in self.queue.tasks.items():
            row = stored[task_id]
            seen = (row.status, row.assigned_agent_id, row.priority, row.fence, row.lease_expires_at)
            assert seen == (known.status, known.assignee, known.priority, known.fence, known.lease_until)
            assert row.depends_on == known.depends_on

    @invariant()
    def an_open_task_waits_for_its_unfinished_dependencies(self) -> None:
        for row in self.stored().values():
            if row.status not in ENDED:
                assert row.waits_for == self.queue.waits_for(row.id)
                assert row.waits == bool(row.waits_for)

    @invariant()
    def the_history_of_claims_is_whole_and_has_at_most_one_open(self) -> None:
        found: dict[str, list[Any]] = {task_id: [] for task_id in self.queue.tasks}
        for row in rows(select(CLAIMS).order_by(CLAIMS.c.fence)):
            assert (row.ended_at is None) == (row.ending is None)
            found[row.task_id].append((row.fence, row.agent_id, row.ending, row.late_at is not None))
        for task_id, known in self.queue.tasks.items():
            assert found[task_id] == [(c.fence, c.agent, c.ending, c.late) for c in known.claims]
            still_open = [claim for claim in known.claims if claim.ending is None]
            assert len(still_open) == (known.lease_until is not None)

    @invariant()
    def the_journal_tells_of_every_change_and_of_nothing_else(self) -> None:
        news = [row for row in changes(self.read_until) if row.noun == "task"]
        now = self.stored()
        changed = {i for i in now.keys() | self.before.keys() if now.get(i) != self.before.get(i)}
        # Ended tasks forget a deleted agent without a frame each: its own deletion tells.
        forgot = {
            i
            for i in changed & now.keys() & self.before.keys()
            if now[i].status in ENDED and now[i].edition == self.before[i].edition
        }
        assert {row.noun_id for row in news} == changed - forgot
        for last in {row.noun_id: row for row in news}.values():
            if last.noun_id in now:
                assert frame(last)["task"] == as_json(now[last.noun_id])
            else:
                assert last.kind == "task_deleted"
        self.before, self.read_until = now, head()


def as_json(row: Row[Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shapes.task(row)))


def has_work(agent_id: str) -> bool:
    with connected() as connection:
        found = task.outlook(connection, agent_id, CLOCK.moment)
    return found.hold is None and found.work


def test_the_queue_does_what_its_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_clock, "now", CLOCK.now)

    run_state_machine_as_test(
        TaskQueue,
        settings=settings(
            max_examples=60,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
