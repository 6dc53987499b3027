"""The fleet in figures, and what happened last."""

from __future__ import annotations

import httpx

from tests.support.api import JSON, good, make_agent, make_task, post_event, read, refused

FIGURES = {
    "total_agents",
    "active_agents",
    "pending_tasks",
    "agents_needing_feedback",
    "total_files_changed",
    "total_commits_today",
}


def moved(api: httpx.Client, before: JSON) -> JSON:
    after = read(api, "/v1/fleet/status")
    assert set(after) == FIGURES | {"paused", "stop"}
    return {name: after[name] - before[name] for name in FIGURES if after[name] != before[name]}


def test_the_figures_follow_agents(api: httpx.Client) -> None:
    before = read(api, "/v1/fleet/status")
    make_agent(api, status="active", files_changed=3)
    agent = make_agent(api, status="waiting_feedback", pending_question="?", files_changed=4)

    assert moved(api, before) == {
        "total_agents": 2,
        "active_agents": 1,
        "agents_needing_feedback": 1,
        "total_files_changed": 7,
    }
    good(api.delete(f"/v1/agents/{agent['id']}"))
    assert moved(api, before) == {"total_agents": 1, "active_agents": 1, "total_files_changed": 3}


def test_who_is_shutting_down_counts_as_active(api: httpx.Client) -> None:
    before = read(api, "/v1/fleet/status")
    agent = make_agent(api, status="shutting_down")

    assert moved(api, before) == {"total_agents": 1, "active_agents": 1}
    found = read(api, "/v1/agents?group=active&limit=1000")["agents"]
    assert agent["id"] in {one["id"] for one in found}


def test_the_figures_follow_tasks_and_commits(api: httpx.Client, agent: JSON) -> None:
    before = read(api, "/v1/fleet/status")
    make_task(api)
    make_task(api, assigned_agent_id=agent["id"])
    post_event(api, agent["id"], type="commit")
    post_event(api, agent["id"], type="info")

    assert moved(api, before) == {"pending_tasks": 1, "total_commits_today": 1}


def test_the_last_lines_of_all_agents_are_newest_first(api: httpx.Client) -> None:
    agents = [make_agent(api) for _ in range(3)]
    made = [post_event(api, agent["id"]) for agent in agents]

    assert read(api, "/v1/fleet/recent-updates?limit=3") == {"updates": made[::-1]}


def test_a_limit_has_bounds(api: httpx.Client) -> None:
    for limit in ("0", "-1", "1001", "many", "1e3", "٣"):
        refused(api.get("/v1/fleet/recent-updates", params={"limit": limit}), 400, "INVALID_LIMIT")


def test_the_last_lines_since_a_moment_leave_out_what_was_before(api: httpx.Client, agent: JSON) -> None:
    before, moment, after = (post_event(api, agent["id"]) for _ in range(3))

    found = good(api.get("/v1/fleet/recent-updates", params={"since": moment["timestamp"]}))["updates"]

    assert found == [after, moment]
    assert before not in found
