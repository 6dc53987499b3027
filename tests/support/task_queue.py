"""The task queue as plain Python: what the real one is held against, step by step.

A verb of the model raises Refused where the real one has to refuse, and then
has changed nothing. Each begins, as the real ones do, by giving back what has
expired.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PRIORITIES = ("low", "medium", "high", "urgent")
ENDED = ("completed", "failed")
MOVES = {
    "pending": {"assigned", "in_progress", "completed", "failed"},
    "assigned": {"pending", "in_progress", "completed", "failed"},
    "in_progress": {"pending", "assigned", "completed", "failed"},
    "completed": {"pending"},
    "failed": {"pending"},
}


class Refused(Exception):
    """The queue has to say no."""


@dataclass
class Claim:
    """One line of a task's history."""

    fence: int
    agent: str
    ending: str | None = None
    late: bool = False


@dataclass
class Task:
    """What the model knows of a task."""

    number: int
    priority: str
    depends_on: list[str]
    needs: frozenset[str]
    assignee: str | None
    status: str
    lease_until: datetime | None = None
    claims: list[Claim] = field(default_factory=list)

    @property
    def fence(self) -> int:
        return len(self.claims)

    def end_claim(self, ending: str) -> None:
        if self.lease_until is not None:
            self.claims[-1].ending = ending
            self.lease_until = None

    def back_in_queue(self) -> None:
        self.status, self.assignee = "pending", None


@dataclass
class Queue:
    """Agents with what they can do, tasks by id, and what time it is."""

    now: datetime
    agents: dict[str, frozenset[str]] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    last_number: int = 0

    def add(self, task_id: str, priority: str, needs: list[str], skills: frozenset[str], assignee: str | None) -> None:
        self.last_number += 1
        status = "assigned" if assignee else "pending"
        self.tasks[task_id] = Task(self.last_number, priority, needs, skills, assignee, status)

    def attempt(self, verb: str, *arguments: object) -> object:
        """Run a verb on a copy first: what is refused changes nothing, the expiry before it included."""
        trial = copy.deepcopy(self)
        result = getattr(trial, verb)(*arguments)
        self.agents, self.tasks = trial.agents, trial.tasks
        return result

    def waits_for(self, task_id: str) -> list[str]:
        return [need for need in self.tasks[task_id].depends_on if self.tasks[need].status != "completed"]

    def expire(self) -> None:
        for task in self.tasks.values():
            if task.lease_until is not None and task.lease_until <= self.now:
                task.end_claim("expired")
                task.back_in_queue()

    def next_for(self, agent: str) -> str | None:
        """The highest priority, then the oldest, of what this agent may claim."""
        free = [task_id for task_id in self.tasks if self.obstacle(task_id, agent) is None]
        rank = {i: (-PRIORITIES.index(self.tasks[i].priority), self.tasks[i].number) for i in free}
        return min(free, key=lambda task_id: rank[task_id], default=None)

    def obstacle(self, task_id: str, agent: str) -> str | None:
        """Why the agent may not claim the task, or None."""
        task = self.tasks[task_id]
        if task.status not in ("pending", "assigned") or task.lease_until is not None:
            return "not open"
        if task.assignee not in (None, agent):
            return "somebody else's"
        if self.waits_for(task_id):
            return "waits"
        return None if task.needs <= self.agents[agent] else "beyond the agent"

    def claim_next(self, agent: str, seconds: int) -> str | None:
        self.expire()
        task_id = self.next_for(agent)
        if task_id is not None:
            self.take(task_id, agent, seconds)
        return task_id

    def claim(self, task_id: str, agent: str, seconds: int) -> None:
        self.expire()
        if reason := self.obstacle(task_id, agent):
            raise Refused(reason)
        self.take(task_id, agent, seconds)

    def take(self, task_id: str, agent: str, seconds: int) -> None:
        task = self.tasks[task_id]
        task.claims.append(Claim(task.fence + 1, agent))
        task.status, task.assignee = "in_progress", agent
        task.lease_until = self.now + timedelta(seconds=seconds)

    def held(self, task_id: str, fence: int | None) -> Task | None:
        self.expire()
        task = self.tasks[task_id]
        return task if task.lease_until is not None and fence in (None, task.fence) else None

    def renew(self, task_id: str, fence: int, seconds: int) -> None:
        task = self.held(task_id, fence)
        if task is None:
            raise Refused("stale")
        task.lease_until = self.now + timedelta(seconds=seconds)

    def release(self, task_id: str, fence: int | None) -> None:
        task = self.held(task_id, fence)
        if task is None:
            raise Refused("stale")
        task.end_claim("revoked" if fence is None else "released")
        task.back_in_queue()

    def finish(self, task_id: str, fence: int, ending: str) -> bool:
        """End a claimed task; False for a late answer, which stays with its claim."""
        task = self.held(task_id, fence)
        if task is not None:
            task.end_claim(ending)
            task.status = ending
            return True
        for claim in self.tasks[task_id].claims:
            claim.late = claim.late or claim.fence == fence
        return False

    def set_status(self, task_id: str, status: str) -> None:
        self.expire()
        task = self.tasks[task_id]
        if status == task.status:
            return
        if task.lease_until is not None or status not in MOVES[task.status]:
            raise Refused("not from here")
        if status in ("assigned", "in_progress") and task.assignee is None:
            raise Refused("nobody has it")
        if status == "in_progress" and self.waits_for(task_id):
            raise Refused("waits")
        if status == "pending":
            task.back_in_queue()
        task.status = status

    def assign(self, task_id: str, agent: str | None, may_take: bool) -> None:
        self.expire()
        task = self.tasks[task_id]
        if agent == task.assignee:
            return
        if task.lease_until is not None:
            raise Refused("claimed")
        if agent is not None and task.assignee is not None and not may_take:
            raise Refused("somebody else's")
        task.assignee = agent
        if agent is None and task.status not in ENDED:
            task.status = "pending"
        elif agent is not None and task.status == "pending":
            task.status = "assigned"

    def depend(self, task_id: str, needs: list[str]) -> None:
        self.expire()
        seen, front = set(), set(needs)
        while front:
            seen |= front
            front = {need for each in front for need in self.tasks[each].depends_on} - seen
        if task_id in seen and needs != self.tasks[task_id].depends_on:
            raise Refused("circle")
        self.tasks[task_id].depends_on = needs

    def prioritise(self, task_id: str, priority: str) -> None:
        self.expire()
        self.tasks[task_id].priority = priority

    def remove(self, task_id: str) -> None:
        del self.tasks[task_id]
        for task in self.tasks.values():
            task.depends_on = [need for need in task.depends_on if need != task_id]

    def remove_agent(self, agent: str) -> None:
        del self.agents[agent]
        for task in self.tasks.values():
            if task.assignee == agent:
                task.end_claim("revoked")
                if task.status in ENDED:
                    task.assignee = None
                else:
                    task.back_in_queue()
