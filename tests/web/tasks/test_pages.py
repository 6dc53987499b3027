"""Pages and forms about tasks, asked for and sent as a browser without JavaScript does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, unique
from tests.support.serving import Served
from tests.support.tokens import browser, make_token

COLUMNS = ("pending", "assigned", "in_progress", "completed", "failed")


@pytest.fixture(scope="module")
def signed_in(server: Served) -> Iterator[httpx.Client]:
    """An administrator's browser."""
    with browser(server, server.token) as client:
        yield client


@pytest.fixture(scope="module")
def viewer(server: Served) -> Iterator[httpx.Client]:
    """The browser of somebody who may only look."""
    with browser(server, make_token(server, "viewer").secret) as client:
        yield client


def add(api: httpx.Client, **more: Any) -> JSON:
    """A new task."""
    made: JSON = good(api.post("/v1/tasks", json={"title": unique("task"), "description": "d"} | more))
    return made


def column(page: httpx.Response, status: str) -> str:
    """A column's part of the board."""
    return page.text.split(f'id="tasks-{status}"')[1].split("</section>")[0]


def board(client: httpx.Client, **query: str) -> httpx.Response:
    """The board under a filter."""
    page = client.get("/tasks", params={"view": "board"} | query)
    assert page.status_code == 200, page.text[:300]
    return page


def test_each_task_stands_in_the_column_of_its_status(api: httpx.Client, signed_in: httpx.Client) -> None:
    label, agent = unique("label"), make_agent(api)
    made = {status: add(api, labels=[label]) for status in COLUMNS}
    for status, task in made.items():
        body = {"status": status} | ({"assigned_agent_id": agent["id"]} if status != "pending" else {})
        good(api.patch(f"/v1/tasks/{task['id']}", json=body))

    page = board(signed_in, labels=label)

    for status, task in made.items():
        assert re.findall(r'id="task-card-([^"]+)"', column(page, status)) == [task["id"]]


def test_what_waits_comes_by_priority_and_then_oldest_first(api: httpx.Client, signed_in: httpx.Client) -> None:
    label = unique("label")
    made = [add(api, labels=[label], priority=p)["id"] for p in ("low", "urgent", "medium", "urgent")]

    page = board(signed_in, labels=label)

    shown = re.findall(r'id="task-card-([^"]+)"', column(page, "pending"))
    assert shown == [made[1], made[3], made[2], made[0]]
    orders = re.findall(r'data-order="([^"]+)"', column(page, "pending"))
    assert orders == sorted(orders)


def test_a_column_has_fifty_cards_and_says_how_many_more(api: httpx.Client, signed_in: httpx.Client) -> None:
    label = unique("label")
    for _ in range(53):
        add(api, labels=[label])

    page = board(signed_in, labels=label)

    assert column(page, "pending").count('<li class="task-card"') == 50
    assert "<span data-more>3</span> more" in page.text
    rest = signed_in.get("/tasks", params={"view": "list", "status": "pending", "labels": label, "offset": "50"})
    assert rest.text.count('class="task-row"') == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "rounding invoice"}, True),
        ({"q": "rounding nowhere"}, False),
        ({"q": "%"}, False),
        ({"least": "high"}, True),
        ({"least": "urgent"}, False),
        ({"assignee": "none"}, True),
        ({"labels": "bu"}, False),
        ({"labels": 'a"b,c'}, False),
        ({"status": "nonsense", "least": "x"}, True),
    ],
)
def test_filters_stand_in_the_address(
    api: httpx.Client, signed_in: httpx.Client, query: dict[str, str], found: bool
) -> None:
    task = add(api, title="Fix rounding", description="in invoice totals", priority="high", labels=["bug"])

    page = signed_in.get("/tasks", params={"view": "board"} | query)

    assert page.status_code == 200
    assert (f'id="task-card-{task["id"]}"' in page.text) is found


def test_the_view_is_remembered(server: Served) -> None:
    with browser(server, server.token) as client:
        assert 'id="board"' in client.get("/tasks").text
        client.get("/tasks?view=list")
        assert 'id="task-rows"' in client.get("/tasks").text
        client.get("/tasks?view=board")
        assert 'id="board"' in client.get("/tasks").text


def test_labels_and_words_filter_the_json_too(api: httpx.Client) -> None:
    one, two = unique("label"), unique("label")
    both = add(api, labels=[one, two])
    add(api, labels=[one])

    assert [t["id"] for t in read(api, f"/v1/tasks?labels={one},{two}")["tasks"]] == [both["id"]]
    assert read(api, f"/v1/tasks?labels={one}")["total"] == 2
    by_number = read(api, f"/v1/tasks?q=%23{both['number']}%20{both['title']}")["tasks"]
    assert [t["id"] for t in by_number] == [both["id"]]


def test_a_task_is_made_by_a_form(api: httpx.Client, signed_in: httpx.Client) -> None:
    first, agent = add(api), make_agent(api)
    answer = signed_in.post(
        "/tasks",
        data={
            "title": "By hand",
            "description": "With\r\ntwo lines",
            "priority": "high",
            "labels": "bug, docs",
            "assigned_agent_id": agent["id"],
            "depends_on": f"#{first['number']}",
            "required_capabilities": "python",
        },
    )

    assert answer.status_code == 303
    made = read(api, "/v1" + answer.headers["Location"])
    assert made["description"] == "With\ntwo lines"
    assert (made["labels"], made["depends_on"]) == (["bug", "docs"], [first["id"]])
    assert (made["status"], made["assigned_agent_id"]) == ("assigned", agent["id"])


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"title": " "}, "task-title", "Task title is required"),
        ({"description": ""}, "task-description", "Task description is required"),
        ({"depends_on": "999999"}, "task-depends", "There is no task 999999."),
        ({"depends_on": "task_nowhere"}, "task-depends", "There is no task task_nowhere."),
        ({"assigned_agent_id": "agt_gone"}, "task-assignee", "This agent is not there any more"),
        ({"labels": "x" * 201}, "task-labels", "labels: "),
    ],
)
def test_a_wrong_form_comes_back_as_it_was_typed(
    signed_in: httpx.Client, wrong: dict[str, str], field: str, sentence: str
) -> None:
    typed = {"title": "Kept <b>title</b>", "description": "Kept & described", "priority": "urgent"} | wrong

    answer = signed_in.post("/tasks", data=typed)

    assert answer.status_code == 400
    error = answer.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert sentence in error
    if "description" not in wrong:
        assert "Kept &amp; described" in answer.text
    assert re.search(r'value="urgent" checked', answer.text)


def test_the_panel_gets_the_form_alone(signed_in: httpx.Client) -> None:
    answer = signed_in.get("/tasks/new", headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert "<form" in answer.text
    assert "<html" not in answer.text


def test_an_edit_replaces_only_what_the_form_showed(api: httpx.Client, signed_in: httpx.Client) -> None:
    task = add(api, labels=["bug"])
    page = signed_in.get(f"/tasks/{task['id']}/edit")
    action = re.search(r'action="(/tasks/[^"]+was=[^"]+)"', page.text)
    assert action
    fields = {
        "_method": "PATCH",
        "title": "Mine",
        "description": "d",
        "priority": "low",
        "labels": "",
        "depends_on": "",
        "required_capabilities": "",
    }
    good(api.patch(f"/v1/tasks/{task['id']}", json={"title": "Theirs"}))

    late = signed_in.post(action[1], data=fields)
    assert late.status_code == 412
    assert "Somebody else changed this task" in late.text
    assert 'value="Mine"' in late.text

    again = re.search(r'action="(/tasks/[^"]+was=[^"]+)"', late.text)
    assert again
    assert signed_in.post(again[1], data=fields).status_code == 303
    assert read(api, f"/v1/tasks/{task['id']}")["title"] == "Mine"


def test_a_move_by_a_button_leads_back_to_the_board(api: httpx.Client, signed_in: httpx.Client) -> None:
    task = add(api)
    before = f"{signed_in.base_url}/tasks?q={task['title']}"

    answer = signed_in.post(
        f"/tasks/{task['id']}", data={"_method": "PATCH", "status": "failed"}, headers={"Referer": before}
    )

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/tasks?q={task['title']}#task-card-{task['id']}"
    assert read(api, f"/v1/tasks/{task['id']}")["failure_reason"].startswith("Set to failed by ")


def test_what_the_state_forbids_is_said_at_the_card(api: httpx.Client, signed_in: httpx.Client) -> None:
    task = add(api)
    good(api.patch(f"/v1/tasks/{task['id']}", json={"status": "failed"}))

    answer = signed_in.post(
        f"/tasks/{task['id']}",
        data={"_method": "PATCH", "status": "completed"},
        headers={"Referer": f"{signed_in.base_url}/tasks?view=board"},
    )

    assert answer.status_code == 409
    card = answer.text.split(f'id="task-card-{task["id"]}"')[1].split("</li>\n")[0]
    assert "A failed task cannot become completed." in card


def test_a_task_is_given_and_taken_away_by_its_form(api: httpx.Client, signed_in: httpx.Client) -> None:
    task, agent = add(api), make_agent(api)
    path = f"/tasks/{task['id']}"

    def give(agent_id: str, **more: str) -> None:
        page = signed_in.get(f"{path}/assignee")
        action = re.search(r'action="(/tasks/[^"]+edition=\d+)"', page.text)
        assert action
        fields = {"_method": "PATCH", "assigned_agent_id": agent_id} | more
        answer = signed_in.post(action[1].replace("&amp;", "&"), data=fields)
        assert answer.status_code == 303, answer.text

    give(agent["id"])
    assert read(api, f"/v1{path}")["status"] == "assigned"
    give(make_agent(api)["id"])
    give("")
    assert read(api, f"/v1{path}")["status"] == "pending"
    give(agent["id"], status="in_progress")
    assert read(api, f"/v1{path}")["status"] == "in_progress"


def test_a_claim_is_taken_back_by_an_operator(api: httpx.Client, signed_in: httpx.Client) -> None:
    task, agent = add(api), make_agent(api)
    good(api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent["id"]}))
    page = signed_in.get(f"/tasks/{task['id']}")
    assert "Take it back" in page.text
    assert "left" in page.text

    answer = signed_in.post(f"/tasks/{task['id']}/claim", data={"_method": "DELETE"})

    assert answer.status_code == 303
    assert read(api, f"/v1/tasks/{task['id']}")["status"] == "pending"
    assert "had it taken back" in signed_in.get(f"/tasks/{task['id']}").text


def test_the_page_tells_of_late_answers_and_of_what_waits(api: httpx.Client, signed_in: httpx.Client) -> None:
    task, agent = add(api), make_agent(api)
    waiter = add(api, depends_on=[task["id"]])
    fence = good(api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent["id"]}))["lease"]["fence"]
    good(api.delete(f"/v1/tasks/{task['id']}/claim"))
    late = api.post(f"/v1/tasks/{task['id']}/completion", json={"fence": fence, "result": "<i>too late</i>"})
    assert late.status_code == 409

    page = signed_in.get(f"/tasks/{task['id']}").text

    assert "&lt;i&gt;too late&lt;/i&gt;" in page
    assert "late answer" in page
    assert waiter["title"] in page.split('id="dependents-heading"')[1]
    assert task["title"] in signed_in.get(f"/tasks/{waiter['id']}").text.split('id="needs-heading"')[1]


def test_a_task_is_deleted_by_its_number(api: httpx.Client, signed_in: httpx.Client) -> None:
    task = add(api)
    wrong = signed_in.post(f"/tasks/{task['id']}", data={"_method": "DELETE", "confirm": "0"})
    assert wrong.status_code == 400
    assert "Type the task&#39;s number to delete it." in wrong.text

    answer = signed_in.post(f"/tasks/{task['id']}", data={"_method": "DELETE", "confirm": str(task["number"])})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/tasks")
    assert signed_in.get(f"/tasks/{task['id']}").status_code == 404


def test_a_viewer_sees_no_forms_and_may_send_none(api: httpx.Client, viewer: httpx.Client) -> None:
    task = add(api)
    good(api.patch(f"/v1/tasks/{task['id']}", json={"status": "failed"}))

    for path in ("/tasks?view=board", f"/tasks/{task['id']}"):
        main = viewer.get(path).text.split('<main id="main"')[1].split("</main>")[0]
        assert 'method="post"' not in main
        assert "New task" not in main
    for path in ("/tasks/new", f"/tasks/{task['id']}/edit", f"/tasks/{task['id']}/assignee"):
        assert viewer.get(path).status_code == 403
    assert viewer.post("/tasks", data={"title": "t", "description": "d"}).status_code == 403
    assert viewer.get("/tasks.csv").status_code == 200


def test_hostile_text_stays_text(api: httpx.Client, signed_in: httpx.Client) -> None:
    text = "<script>alert(1)</script>{{7*7}}"
    task = add(api, title=text, description=text, labels=[text], required_capabilities=[text])
    good(api.patch(f"/v1/tasks/{task['id']}", json={"status": "failed", "failure_reason": text}))

    for path in (
        "/tasks?view=board",
        "/tasks?view=list",
        f"/tasks/{task['id']}",
        f"/tasks/{task['id']}/edit",
    ):
        page = signed_in.get(path).text
        assert text not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


def test_the_rail_counts_failed_tasks(api: httpx.Client, signed_in: httpx.Client) -> None:
    failed = read(api, "/v1/tasks?status=failed")["total"]
    task = add(api)
    good(api.patch(f"/v1/tasks/{task['id']}", json={"status": "failed"}))

    page = signed_in.get("/").text

    assert f'id="badge-tasks" class="count count-failed" data-count="{failed + 1}"' in page


@pytest.mark.parametrize("view", ["board", "list"])
def test_the_tasks_that_require_a_capability_can_be_asked_for(api: httpx.Client, view: str) -> None:
    wanted = make_task(api, required_capabilities=["cobol", "jcl"])
    other = make_task(api, required_capabilities=["cobol-2"])

    page = api.get("/tasks", params={"capability": "cobol", "view": view}, headers={"Accept": "text/html"}).text

    assert wanted["id"] in page
    assert other["id"] not in page
    assert '<option value="cobol" selected>cobol</option>' in page
