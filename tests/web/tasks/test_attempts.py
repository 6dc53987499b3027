"""A task leads to who tried it and who made it, an agent to what it has tried, as page, live piece and JSON."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, refused, unique
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import Token, browser, client, make_tokens
from tests.web.stops.test_views import pieces


@pytest.fixture(scope="module")
def tokens(server: Served) -> dict[str, Token]:
    """A viewer's and an operator's."""
    return dict(zip(("viewer", "operator"), make_tokens(server, [("viewer",), ("operator",)]), strict=True))


@pytest.fixture
def agent(api: httpx.Client) -> JSON:
    return make_agent(api, name=unique("Grace"), capabilities=[unique("skill")])


def claimed(api: httpx.Client, agent: JSON, task: JSON) -> int:
    lease = good(api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent["id"]}))["lease"]
    return int(lease["fence"])


def failed(api: httpx.Client, agent: JSON, task: JSON, reason: str) -> None:
    fence = claimed(api, agent, task)
    good(api.post(f"/v1/tasks/{task['id']}/failure", json={"fence": fence, "reason": reason}), 200)


def test_what_came_of_an_attempt_outlives_the_next_one(api: httpx.Client, agent: JSON) -> None:
    task, other = make_task(api), make_agent(api)
    failed(api, agent, task, "No compiler")
    good(api.patch(f"/v1/tasks/{task['id']}", json={"status": "pending"}))
    fence = claimed(api, other, task)
    good(api.post(f"/v1/tasks/{task['id']}/completion", json={"fence": fence, "result": "Built"}), 200)

    claims = read(api, f"/v1/tasks/{task['id']}/claims")["claims"]
    assert [(each["agent_id"], each["ending"], each["answer"]) for each in claims] == [
        (agent["id"], "failed", "No compiler"),
        (other["id"], "completed", "Built"),
    ]


def test_an_agents_tasks_are_those_it_has_and_those_it_had(api: httpx.Client, agent: JSON) -> None:
    lost, given, done = (make_task(api) for _ in range(3))
    fence = claimed(api, agent, lost)
    good(api.delete(f"/v1/tasks/{lost['id']}/claim?fence={fence}"))
    good(api.patch(f"/v1/tasks/{given['id']}", json={"assigned_agent_id": agent["id"]}))
    fence = claimed(api, agent, done)
    good(api.post(f"/v1/tasks/{done['id']}/completion", json={"fence": fence, "result": "Built"}), 200)
    make_task(api)

    answer = read(api, f"/v1/agents/{agent['id']}/tasks")
    assert answer["total"] == 3
    listed = {each["id"]: [(c["ending"], c["answer"]) for c in each["claims"]] for each in answer["tasks"]}
    assert listed == {lost["id"]: [("released", None)], given["id"]: [], done["id"]: [("completed", "Built")]}
    assert answer["tasks"][0]["id"] == done["id"]
    assert [each["id"] for each in read(api, f"/v1/agents/{agent['id']}/tasks?limit=1&offset=1")["tasks"]] == [
        given["id"]
    ]
    refused(api.get("/v1/agents/agt_gone/tasks"), 404, "AGENT_NOT_FOUND")
    refused(api.get(f"/v1/agents/{agent['id']}/tasks?nonsense=1"), 400)


def test_a_later_agent_under_the_same_id_inherits_no_attempt(api: httpx.Client) -> None:
    beat = {"hostname": unique("h"), "machine_address": "10.0.0.9", "repo_path": "/srv/x"}
    first = good(api.post("/v1/agents/heartbeat", json=beat))
    task = make_task(api)
    failed(api, first, task, "No compiler")
    good(api.delete(f"/v1/agents/{first['id']}"))
    second = good(api.post("/v1/agents/heartbeat", json=beat))

    assert second["id"] == first["id"]
    assert read(api, f"/v1/agents/{first['id']}/tasks")["tasks"] == []


def test_the_pages_lead_to_each_other(server: Served, api: httpx.Client, agent: JSON, tokens: dict[str, Token]) -> None:
    task = make_task(api, title="<b>Build</b>")
    failed(api, agent, task, "No <i>compiler</i>")
    with browser(server, tokens["viewer"].secret) as page:
        of_agent = page.get(f"/agents/{agent['id']}/tasks").text
        assert f'href="/tasks/{task["id"]}"' in of_agent
        assert "No &lt;i&gt;compiler" in of_agent
        assert f"/activity?agent={agent['id']}&amp;since=" in of_agent
        of_task = page.get(f"/tasks/{task['id']}").text
        assert f'href="/agents/{agent["id"]}"' in of_task
        [address] = {part.split('"')[0] for part in of_task.split('href="/activity?')[1:]}
        assert "until=" in address
        assert page.get(f"/activity?{address.replace('&amp;', '&')}").status_code == 200
        assert page.get("/agents/agt_gone/tasks").status_code == 404


def test_an_agents_page_of_tasks_follows_them(server: Served, api: httpx.Client, agent: JSON) -> None:
    task = make_task(api)
    headers = {"Authorization": f"Bearer {server.token}"}
    with Reader(server, path="/live", headers=headers, topic=f"agent/{agent['id']}") as reader:
        fence = claimed(api, agent, task)
        assert f"past-task-{task['id']}" in pieces(reader, "Works on it")
        good(api.delete(f"/v1/tasks/{task['id']}/claim?fence={fence}"))
        assert f"past-task-{task['id']}" in pieces(reader, "Gave it back")


def test_who_made_a_task_is_said_and_linked_as_the_role_allows(server: Served, tokens: dict[str, Token]) -> None:
    with client(server, tokens["operator"].secret) as operator:
        task = make_task(operator)
    assert task["created_by"] == "operator-1"
    assert task["created_by_id"]
    with browser(server, tokens["viewer"].secret) as page:
        html = page.get(f"/tasks/{task['id']}").text
        assert "operator-1" in html
        assert "/audit?actor" not in html
    with browser(server, server.token) as page:
        assert f'href="/audit?actor={task["created_by_id"]}"' in page.get(f"/tasks/{task['id']}").text
