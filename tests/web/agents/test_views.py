"""Agents: document 1's calls, and the pages and forms over the same actions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fleet.web.live import topic_keys
from tests.support.api import JSON, good, make_agent, make_task, post_event, read, refused, unique

HTML = {"Accept": "text/html"}


def test_a_new_agent_is_idle_and_was_heard_of_when_its_program_made_it(api: httpx.Client) -> None:
    made = make_agent(api, name="Code Reviewer", worktree="/path/to/project")

    assert (made["status"], made["connection"], made["progress"]) == ("idle", "online", 0)
    assert (made["version"], made["kind"], made["last_seen_at"]) == (1, "coding", made["created_at"])
    assert read(api, f"/v1/agents/{made['id']}") == made


def test_a_new_agent_may_say_more_than_its_name(api: httpx.Client) -> None:
    made = make_agent(api, status="active", progress=5, tags=["blue"], capabilities=["python"])

    assert (made["status"], made["progress"]) == ("active", 5)
    assert (made["tags"], made["capabilities"], made["issue_ids"]) == (["blue"], ["python"], [])


@pytest.mark.parametrize("field", ["name", "worktree"])
@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_name_and_worktree_may_not_be_blank(api: httpx.Client, agent: JSON, field: str, text: str) -> None:
    body = {"name": "a", "worktree": "/x"} | {field: text}

    refused(api.post("/v1/agents", json=body), 400, f"MISSING_{field.upper()}")
    error = refused(api.patch(f"/v1/agents/{agent['id']}", json={field: text}), 400)
    assert error["details"] == {"field": field}


def test_a_report_changes_what_it_names_and_nothing_else(api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}"
    after = good(api.patch(path, json={"status": "active", "current_task": "Tests", "progress": 45}))

    changed = {name for name in agent if agent[name] != after[name]}
    follows = {"state", "state_since", "updated_at", "version", "last_seen_at"}
    assert changed == {"status", "current_task", "progress"} | follows


def test_the_last_report_of_an_agent_may_say_that_it_shuts_down(api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}"
    after = good(api.patch(path, json={"status": "shutting_down", "current_task": "Simulation ended"}))

    assert (after["status"], after["state"]) == ("shutting_down", "finishing")
    assert read(api, path)["status"] == "shutting_down"
    [found] = [one for one in read(api, "/v1/agents?status=shutting_down")["agents"] if one["id"] == agent["id"]]
    assert found == after


def test_null_empties_what_may_be_empty(api: httpx.Client) -> None:
    agent = make_agent(api, current_task="Tests", last_commit="abc", pending_question="Why?")
    nothing = {"current_task": None, "last_commit": None, "pending_question": None}

    after = good(api.patch(f"/v1/agents/{agent['id']}", json=nothing))

    assert {name: after[name] for name in nothing} == nothing


def test_a_report_that_says_nothing_new_is_a_sign_of_life_and_changes_nothing(api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}"

    for nothing_new in ({"status": "idle", "progress": 0}, {}):
        after = good(api.patch(path, json=nothing_new))
        assert after | {name: agent[name] for name in ("last_seen_at", "version")} == agent


@pytest.mark.parametrize("status", ["idle", "active", "waiting_feedback", "error", "finished", "warning"])
def test_every_documented_status_is_taken(api: httpx.Client, status: str) -> None:
    agent = make_agent(api)

    assert good(api.patch(f"/v1/agents/{agent['id']}", json={"status": status}))["status"] == status


def test_a_question_may_offer_six_answers_and_no_more(api: httpx.Client, agent: JSON) -> None:
    path, options = f"/v1/agents/{agent['id']}", ["a", "b", "c", "d", "e", "f"]
    asks = {"status": "waiting_feedback", "pending_question": "Which?"}

    assert good(api.patch(path, json=asks | {"question_options": options}))["question_options"] == options
    error = refused(api.patch(path, json=asks | {"question_options": [*options, "g"]}), 400)
    assert error["details"]["field"] == "question_options"


def test_another_question_drops_the_answers_that_were_offered_before(api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}"
    good(api.patch(path, json={"pending_question": "Which?", "question_options": ["a", "b"]}))

    assert good(api.patch(path, json={"pending_question": "When?"}))["question_options"] == []


def test_lists_are_newest_first_and_come_in_pages(api: httpx.Client) -> None:
    host = unique("host")
    made = [make_agent(api, hostname=host)["id"] for _ in range(5)][::-1]

    first = read(api, f"/v1/agents?hostname={host}&limit=2")
    second = read(api, f"/v1/agents?hostname={host}&limit=2&offset=2")

    assert [agent["id"] for agent in first["agents"] + second["agents"]] == made[:4]
    assert (first["total"], first["limit"], first["offset"]) == (5, 2, 0)
    assert (second["total"], second["limit"], second["offset"]) == (5, 2, 2)
    assert read(api, f"/v1/agents?hostname={host}&offset=50")["agents"] == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("status=active", "active"), ("state=needs_you", "asks"), ("q=zebra", "zebra"), ("kind=host", None)],
)
def test_lists_can_be_filtered(api: httpx.Client, query: str, wanted: str | None) -> None:
    host = unique("host")
    ids: dict[str | None, Any] = {
        "active": make_agent(api, hostname=host, status="active")["id"],
        "asks": make_agent(api, hostname=host, status="waiting_feedback", pending_question="?")["id"],
        "zebra": make_agent(api, hostname=host, current_task="Count the ZEBRAS")["id"],
    }

    found = read(api, f"/v1/agents?hostname={host}&{query}")

    assert [agent["id"] for agent in found["agents"]] == ([ids[wanted]] if wanted else [])
    assert found["total"] == len(found["agents"])


def test_a_word_to_search_for_is_no_pattern(api: httpx.Client) -> None:
    host = unique("host")
    percent = make_agent(api, hostname=host, name="100% sure")
    make_agent(api, hostname=host, name="100 times")

    assert [a["id"] for a in read(api, f"/v1/agents?hostname={host}&q=0%25")["agents"]] == [percent["id"]]


def test_the_same_place_on_the_same_host_is_one_agent(api: httpx.Client) -> None:
    place = {"hostname": unique("host"), "machine_address": "10.0.0.1", "repo_path": "/srv/app"}
    first = make_agent(api, **place)

    error = refused(api.post("/v1/agents", json={"name": "b", "worktree": "/x"} | place), 409, "AGENT_ALREADY_EXISTS")

    assert error["details"] == {"id": first["id"]}


def test_deleting_an_agent_takes_what_is_its_own_and_returns_its_tasks(api: httpx.Client) -> None:
    agent = make_agent(api)
    post_event(api, agent["id"])
    task = make_task(api, assigned_agent_id=agent["id"])

    assert api.delete(f"/v1/agents/{agent['id']}").status_code == 204

    refused(api.delete(f"/v1/agents/{agent['id']}"), 404, "AGENT_NOT_FOUND")
    for nouns in ("todos", "commands", "events"):
        refused(api.get(f"/v1/agents/{agent['id']}/{nouns}"), 404, "AGENT_NOT_FOUND")
    updates = read(api, "/v1/fleet/recent-updates?limit=1000")["updates"]
    assert agent["id"] not in {line["agent_id"] for line in updates}
    task = read(api, f"/v1/tasks/{task['id']}")
    assert (task["status"], task["assigned_agent_id"]) == ("pending", None)


def test_the_same_url_answers_people_and_programs(api: httpx.Client, agent: JSON) -> None:
    page = api.get(f"/agents/{agent['id']}", headers=HTML)
    json = api.get(f"/agents/{agent['id']}", headers={"Accept": "application/json"})

    assert page.headers["Content-Type"].startswith("text/html")
    assert agent["name"] in page.text
    assert json.json()["id"] == agent["id"]
    for answer in (page, json):
        assert {"Accept", "HX-Request"} <= {part.strip() for part in answer.headers["Vary"].split(",")}


@pytest.mark.parametrize("tab", ["", "/activity", "/commands", "/details"])
def test_every_tab_is_a_page_and_an_unknown_agent_a_page_not_found(api: httpx.Client, agent: JSON, tab: str) -> None:
    assert api.get(f"/agents/{agent['id']}{tab}", headers=HTML).status_code == 200
    missing = api.get(f"/agents/nope{tab}", headers=HTML)
    assert (missing.status_code, missing.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_the_page_can_be_asked_for_a_capability_and_a_repository(api: httpx.Client) -> None:
    able = make_agent(api, capabilities=["cobol"], worktree="/srv/ledger-9")
    other = make_agent(api, capabilities=["cobol"], worktree="/srv/ledger-8")

    page = api.get("/agents", params={"capability": "cobol", "repository": "ledger-9"}, headers=HTML).text

    assert able["id"] in page
    assert other["id"] not in page
    assert '<option value="cobol" selected>cobol</option>' in page
    assert topic_keys.key("agents?capability=cobol&repository=ledger-9&view=cards") in page
