"""Many tasks are given to one agent, each for itself."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, refused, unique
from tests.support.serving import Served
from tests.support.tokens import browser, client, make_tokens

PATH = "/v1/tasks/bulk-assignments"


@pytest.fixture
def agent(api: httpx.Client) -> JSON:
    return make_agent(api, name=unique("Grace"))


def codes(answer: JSON) -> list[str | None]:
    return [result.get("error", {}).get("code") for result in answer["results"]]


def test_each_is_given_and_what_cannot_be_says_why(api: httpx.Client, agent: JSON) -> None:
    other = make_agent(api, capabilities=[unique("skill")])
    free, theirs, ended, held = (make_task(api) for _ in range(4))
    good(api.patch(f"/v1/tasks/{theirs['id']}", json={"assigned_agent_id": other["id"]}))
    good(api.patch(f"/v1/tasks/{ended['id']}", json={"status": "failed"}))
    good(api.post(f"/v1/tasks/{held['id']}/claim", json={"agent_id": other["id"]}))
    ids = [task["id"] for task in (free, theirs, ended, held)] + ["task_gone"]

    answer = good(api.post(PATH, json={"ids": ids, "assigned_agent_id": agent["id"]}))
    assert codes(answer) == [None, "TASK_ALREADY_ASSIGNED", "INVALID_TRANSITION", "TASK_CLAIMED", "TASK_NOT_FOUND"]
    assert answer["results"][0]["task"]["assigned_agent_id"] == agent["id"]
    again = good(api.post(PATH, json={"ids": ids, "assigned_agent_id": agent["id"], "replace": True}))
    assert codes(again) == [None, None, "INVALID_TRANSITION", "TASK_CLAIMED", "TASK_NOT_FOUND"]
    assert read(api, f"/v1/tasks/{theirs['id']}")["assigned_agent_id"] == agent["id"]


def test_nobody_gets_them_back(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api, assigned_agent_id=agent["id"])
    good(api.post(PATH, json={"ids": [task["id"]], "assigned_agent_id": None}))
    assert read(api, f"/v1/tasks/{task['id']}")["status"] == "pending"


def test_what_makes_no_sense_is_refused_whole(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api)
    refused(api.post(PATH, json={"assigned_agent_id": agent["id"]}), 400, "MISSING_IDS")
    refused(api.post(PATH, json={"ids": [task["id"]]}), 400, "MISSING_ASSIGNED_AGENT_ID")
    refused(api.post(PATH, json={"ids": [task["id"]], "assigned_agent_id": "agt_gone"}), 404, "AGENT_NOT_FOUND")
    refused(api.post(PATH, json={"ids": [task["id"]], "assigned_agent_id": None, "replace": 3}), 400, "INVALID_REPLACE")
    assert read(api, f"/v1/tasks/{task['id']}")["assigned_agent_id"] is None


def test_the_lists_form_gives_them_and_says_so(server: Served, api: httpx.Client, agent: JSON) -> None:
    first, second = make_task(api), make_task(api)
    other = make_agent(api)
    good(api.patch(f"/v1/tasks/{second['id']}", json={"assigned_agent_id": other["id"]}))
    operator, viewer = make_tokens(server, [("operator",), ("viewer",)])
    form = {"ids": f"{first['id']},{second['id']}", "assigned_agent_id": agent["id"], "replace": "true"}
    with browser(server, viewer.secret) as page:
        assert "data-pick" not in page.get("/tasks?view=list").text
        assert page.post("/tasks/bulk-assignments", data=form).status_code == 403
    with client(server, viewer.secret) as reader:
        refused(reader.post(PATH, json={"ids": [first["id"]], "assigned_agent_id": agent["id"]}), 403, "FORBIDDEN")
    with browser(server, operator.secret) as page:
        assert f'data-pick value="{first["id"]}"' in page.get("/tasks?view=list").text
        part = page.post("/tasks/bulk-assignments", data=form, headers={"HX-Request": "true"})
        assert "Assigned 2 tasks." in part.text
        gone = page.post("/tasks/bulk-assignments", data=form | {"assigned_agent_id": "agt_gone"})
        assert gone.status_code == 400
        plain = page.post("/tasks/bulk-assignments", data=form | {"assigned_agent_id": ""})
        assert (plain.status_code, plain.headers["Location"]) == (303, "/tasks?view=list")
    assert read(api, f"/v1/tasks/{second['id']}")["assigned_agent_id"] is None


def test_the_audit_has_an_entry_for_each(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api, title=unique("Sweep"))
    good(api.post(PATH, json={"ids": [task["id"]], "assigned_agent_id": agent["id"]}))
    [entry] = read(api, f"/v1/audit?action=bulk_assignments.create&subject={task['id']}")["entries"]
    assert (entry["noun"], entry["subject_name"]) == ("task", task["title"])
