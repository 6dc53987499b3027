"""The tasks that the demo's agents take, and how everything of the demo is removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from fleet.client import Json, Missing
from fleet.demo.client import Client
from fleet.demo.lifeline import TAG
from fleet.demo.scenarios import Profile
from fleet.demo.scenarios.backlog import JOBS, Job, jobs

KEPT = 60  # how many tasks that are done are still shown
DONE = ("completed", "failed", "canceled")


class Pool:
    """Keeps work waiting for a fleet, without letting what is done pile up.

    Tasks of an earlier run are known by their titles, so that a second run does
    not double them. Nothing waits that nobody in the fleet is able to take.
    """

    def __init__(self, client: Client, fleet: Sequence[Profile]) -> None:
        self._client = client
        able = {capability for profile in fleet for capability in profile.capabilities}
        self._jobs = {job.needs[0]: jobs(job.needs[0]) for job in JOBS if job.needs[0] in able}
        # Of each kind, one for a dozen agents; five at most, for the board to stay readable.
        self._share = min(1 + len(fleet) // 24, 5)
        self._ids: dict[str, str] = {}

    def open(self) -> int:
        """Put the first tasks into the pool; how many were not there yet."""
        present = self._look()
        new = [job for job in JOBS if job.needs[0] in self._jobs and job.title not in present]
        for job in new:
            self._add(job)
        return len(new)

    def top_up(self) -> None:
        """Add tasks of the kinds that have run out, and delete those that were done long ago."""
        present = self._look()
        waiting = Counter(
            need
            for task in present.values()
            if task["status"] == "pending"
            for need in task.get("required_capabilities") or ()
        )
        for need, supply in self._jobs.items():
            while waiting[need] < self._share:
                job = next(supply)
                if job.title not in present:
                    self._add(job)
                    waiting[need] += 1
        self._forget(list(present.values()))

    def _look(self) -> dict[str, Json]:
        present = {task["title"]: task for task in demo_tasks(self._client)}
        self._ids |= {title: task["id"] for title, task in present.items()}
        return present

    def _add(self, job: Job) -> None:
        self._ids[job.title] = self._client.add_task(
            title=job.title,
            description=job.description,
            priority=job.priority,
            labels=[TAG, *job.labels],
            required_capabilities=list(job.needs),
            depends_on=[self._ids[title] for title in job.after if title in self._ids],
        )

    def _forget(self, tasks: list[Json]) -> None:
        done = [task for task in tasks if task["status"] in DONE]
        done.sort(key=lambda task: str(task.get("completed_at") or task["created_at"]))
        for task in done[:-KEPT]:
            self._ids.pop(task["title"], None)
            removed(self._client.remove_task, task["id"])


def demo_tasks(client: Client) -> list[Json]:
    """Every task of any demo."""
    return [task for task in client.tasks() if TAG in (task.get("labels") or ())]


def demo_agents(client: Client) -> list[Json]:
    """Every agent and host of any demo."""
    return [agent for agent in client.agents() if TAG in (agent.get("tags") or ())]


def remove_everything(client: Client) -> tuple[int, int, int]:
    """Delete all agents, hosts and tasks of any demo; how many of each."""
    # Tasks first: an agent that still runs would take up what another one leaves.
    tasks = sum(removed(client.remove_task, task["id"]) for task in demo_tasks(client))
    kinds = Counter(agent["kind"] for agent in demo_agents(client) if removed(client.remove_agent, agent["id"]))
    return kinds["coding"], kinds["host"], tasks


def removed(remove: Callable[[str], None], name: str) -> bool:
    """Call `remove`; False when somebody was quicker."""
    try:
        remove(name)
    except Missing:
        return False
    return True
