"""`fleet claim`: work for agents that are shell scripts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.api import JSON, eventually, make_agent, make_task, read, unique
from tests.support.shell import Program


@pytest.fixture
def agent(api: httpx.Client) -> JSON:
    """An agent that can do what nobody else can, so that nobody else's task comes in between."""
    return make_agent(api, capabilities=[unique("skill")])


def a_task_for(api: httpx.Client, agent: JSON, **more: Any) -> JSON:
    return make_task(api, required_capabilities=agent["capabilities"], priority="urgent", **more)


def facts(said: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in said.split("\n\n", maxsplit=1)[0].splitlines())


def test_a_claim_prints_the_task_and_its_fence(fleet: Program, api: httpx.Client, agent: JSON) -> None:
    made = a_task_for(api, agent, title="Paint the fence", description="Green.\nTwice.")

    said = fleet.says("claim", agent["name"])

    assert (facts(said)["task"], facts(said)["fence"]) == (made["id"], "1")
    assert said.endswith("\n\nGreen.\nTwice.\n")


def test_nothing_to_claim_is_told_by_the_exit_code(fleet: Program, agent: JSON) -> None:
    assert "nothing to claim" in fleet.fails(4, "claim", agent["id"])


def test_a_claim_waits_for_a_task_to_come(fleet: Program, api: httpx.Client, agent: JSON) -> None:
    with fleet.running("claim", agent["id"], "--wait", "30", "--json") as process:
        made = a_task_for(api, agent)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert made["id"] in output


def test_a_claim_is_renewed_released_and_completed_by_its_fence(fleet: Program, api: httpx.Client, agent: JSON) -> None:
    made = a_task_for(api, agent)
    first = fleet.gives("claim", agent["id"], "--lease", "60")["lease"]
    again = fleet.gives("claim", "renew", made["id"], "--fence", "1", "--lease", "600")["lease"]
    assert again["expires_at"] > first["expires_at"]

    fleet.says("claim", "release", made["id"], "--fence", "1")
    assert read(api, f"/v1/tasks/{made['id']}")["status"] == "pending"
    assert fleet.gives("claim", agent["id"], "--task", str(made["number"]))["lease"]["fence"] == 2

    assert "STALE_FENCE" in fleet.fails(1, "claim", "complete", made["id"], "--fence", "1", "Old")
    fleet.says("claim", "complete", made["id"], "--fence", "2", "All", "painted")
    task = read(api, f"/v1/tasks/{made['id']}")
    assert (task["status"], task["result"]) == ("completed", "All painted")


def test_a_failure_has_a_reason(fleet: Program, api: httpx.Client, agent: JSON) -> None:
    made = a_task_for(api, agent)
    fence = str(fleet.gives("claim", agent["id"])["lease"]["fence"])

    fleet.says("claim", "fail", made["id"], "--fence", fence, "-", stdin="No paint\nleft\n")

    task = eventually(lambda: read(api, f"/v1/tasks/{made['id']}"))
    assert (task["status"], task["failure_reason"]) == ("failed", "No paint\nleft")


def test_a_fence_has_to_be_given(fleet: Program, api: httpx.Client) -> None:
    assert "--fence" in fleet.fails(2, "claim", "complete", make_task(api)["id"])
