"""However a task comes to be had, a claim that waits for one gets it at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, refused

SOON = 20.0  # seconds: less than what a claim that heard nothing would take to look again


@pytest.fixture(autouse=True)
def _empty_queue(api: httpx.Client) -> None:
    for task in read(api, "/v1/tasks?limit=1000")["tasks"]:
        api.delete(f"/v1/tasks/{task['id']}")


@dataclass
class Scene:
    """A queue in which the claimer finds nothing, and the task that it is to get."""

    api: httpx.Client
    claimer: JSON
    task: JSON = field(default_factory=dict)
    more: JSON = field(default_factory=dict)

    def edit(self, **changes: object) -> None:
        good(self.api.patch(f"/v1/tasks/{self.task['id']}", json=changes), 200)

    def others_claim(self, lease: int = 300) -> JSON:
        """Somebody else takes the task."""
        other = make_agent(self.api)
        body = {"agent_id": other["id"], "lease": lease}
        taken: JSON = good(self.api.post(f"/v1/tasks/{self.task['id']}/claim", json=body), 200)
        return taken

    def under_fence(self, path: str, **more: object) -> None:
        good(self.api.post(f"/v1/tasks/{self.task['id']}/{path}", json=self.more | more), 200)


Step = Callable[[Scene], object]


def nothing_yet(_: Scene) -> None:
    """The queue is empty."""


def waits_for_another(scene: Scene) -> None:
    scene.more = make_task(scene.api, required_capabilities=["nobody"])
    scene.task = make_task(scene.api, depends_on=[scene.more["id"]])


def has_another_agent(scene: Scene) -> None:
    scene.task = make_task(scene.api, assigned_agent_id=make_agent(scene.api)["id"])


def needs_what_nobody_has(scene: Scene) -> None:
    scene.task = make_task(scene.api, required_capabilities=["nobody"])


def claimed_by_another(scene: Scene) -> None:
    scene.task = make_task(scene.api)
    scene.more = {"fence": scene.others_claim()["lease"]["fence"]}


def failed(scene: Scene) -> None:
    claimed_by_another(scene)
    scene.under_fence("failure", reason="no")


def new(scene: Scene) -> None:
    scene.task = make_task(scene.api)


def end_the_other(scene: Scene) -> None:
    good(scene.api.patch(f"/v1/tasks/{scene.more['id']}", json={"status": "completed"}), 200)


def delete_the_other(scene: Scene) -> None:
    assert scene.api.delete(f"/v1/tasks/{scene.more['id']}").status_code == 204


def wait_for_nothing(scene: Scene) -> None:
    scene.edit(depends_on=[])


def give_it_to_the_claimer(scene: Scene) -> None:
    headers = {"If-Match": "*"}
    changes = {"assigned_agent_id": scene.claimer["id"]}
    good(scene.api.patch(f"/v1/tasks/{scene.task['id']}", json=changes, headers=headers), 200)


def take_it_from_the_other(scene: Scene) -> None:
    scene.edit(assigned_agent_id=None)


def delete_its_agent(scene: Scene) -> None:
    assert scene.api.delete(f"/v1/agents/{scene.task['assigned_agent_id']}").status_code == 204


def need_nothing(scene: Scene) -> None:
    scene.edit(required_capabilities=[])


def be_able(scene: Scene) -> None:
    good(scene.api.patch(f"/v1/agents/{scene.claimer['id']}", json={"capabilities": ["nobody"]}), 200)


def release(scene: Scene) -> None:
    good(scene.api.request("DELETE", f"/v1/tasks/{scene.task['id']}/claim", json=scene.more), 200)


def retry(scene: Scene) -> None:
    scene.edit(status="pending", priority="high", labels=["again"])


WAYS: dict[str, tuple[Step, Step]] = {
    "it is new": (nothing_yet, new),
    "what it waited for is done": (waits_for_another, end_the_other),
    "what it waited for is deleted": (waits_for_another, delete_the_other),
    "it waits for nothing any more": (waits_for_another, wait_for_nothing),
    "it is given to the claimer": (has_another_agent, give_it_to_the_claimer),
    "it is taken from another": (has_another_agent, take_it_from_the_other),
    "its agent is deleted": (has_another_agent, delete_its_agent),
    "it needs less": (needs_what_nobody_has, need_nothing),
    "the claimer can more": (needs_what_nobody_has, be_able),
    "it is released": (claimed_by_another, release),
    "it is tried again": (failed, retry),
}


def claim(api: httpx.Client, agent: JSON, **more: Any) -> httpx.Response:
    return api.post("/v1/tasks/claim", json={"agent_id": agent["id"], "wait": 50} | more, timeout=70)


@pytest.mark.parametrize("way", WAYS)
def test_a_waiting_claim_gets_a_task_whichever_way_it_comes_to_be_had(api: httpx.Client, agent: JSON, way: str) -> None:
    before, change = WAYS[way]
    scene = Scene(api, agent)
    before(scene)
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(claim, api, agent)
        time.sleep(0.3)
        assert not poll.done()
        began = time.monotonic()
        change(scene)
        taken = good(poll.result(70), 200)

    assert taken["task"]["id"] == scene.task["id"]
    assert time.monotonic() - began < SOON


@pytest.mark.slow  # no lease is shorter than ten seconds
def test_a_waiting_claim_gets_a_task_whose_lease_has_run_out(api: httpx.Client, agent: JSON) -> None:
    scene = Scene(api, agent, make_task(api))
    scene.others_claim(lease=10)

    assert good(claim(api, agent), 200)["task"]["id"] == scene.task["id"]


@pytest.mark.parametrize("kind", ["stop", "pause", "agent"])
def test_a_claim_that_waits_out_a_hold_gets_what_there_is_when_it_ends(
    api: httpx.Client, agent: JSON, kind: str
) -> None:
    own = f"/v1/agents/{agent['id']}/pause"
    held = good(api.post(own, json={}) if kind == "agent" else api.post("/v1/stops", json={"kind": kind}))
    scene = Scene(api, agent, make_task(api))
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(claim, api, agent)
        time.sleep(0.3)
        assert not poll.done()
        began = time.monotonic()
        good(api.delete(own) if kind == "agent" else api.post(f"/v1/stops/{held['id']}/resumption", json={}))

        assert good(poll.result(70), 200)["task"]["id"] == scene.task["id"]
    assert time.monotonic() - began < SOON


def test_a_hold_that_begins_ends_a_waiting_claim(api: httpx.Client, agent: JSON) -> None:
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(claim, api, agent)
        time.sleep(0.3)
        good(api.post(f"/v1/agents/{agent['id']}/pause", json={}))
        refused(poll.result(70), 409, "AGENT_PAUSED")


def test_ten_tasks_at_once_go_to_ten_of_twelve_who_wait_each_once(api: httpx.Client) -> None:
    agents = [make_agent(api) for _ in range(12)]
    with ThreadPoolExecutor(22) as pool:
        polls = [pool.submit(claim, api, agent, wait=6) for agent in agents]
        time.sleep(1)
        made = [task["id"] for task in pool.map(lambda _: make_task(api), range(10))]
        answers = [poll.result(70) for poll in polls]

    taken = [answer.json()["task"]["id"] for answer in answers if answer.status_code == 200]
    assert sorted(taken) == sorted(made)
    assert [answer.status_code for answer in answers].count(204) == 2


def test_what_somebody_else_was_quicker_to_take_leaves_the_claim_waiting(api: httpx.Client, agent: JSON) -> None:
    with ThreadPoolExecutor(8) as pool:
        poll = pool.submit(claim, api, agent, wait=8)
        time.sleep(0.3)
        others = [make_agent(api) for _ in range(4)]
        for _ in range(5):
            make_task(api)
            [*pool.map(lambda other: claim(api, other, wait=0), others)]
        answer = poll.result(70)
        last = make_task(api) if answer.status_code == 204 else None

    assert answer.status_code in (200, 204)
    if last is not None:
        assert good(claim(api, agent, wait=0), 200)["task"]["id"] == last["id"]
