"""The task queue: document 1's calls, transitions, labels, dependencies, assignment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, refused, unique

STATUSES = ("pending", "assigned", "in_progress", "completed", "failed")
ALLOWED = {
    "pending": {"assigned", "in_progress", "completed", "failed"},
    "assigned": {"pending", "in_progress", "completed", "failed"},
    "in_progress": {"pending", "assigned", "completed", "failed"},
    "completed": {"pending"},
    "failed": {"pending"},
}


def edit(api: httpx.Client, task: JSON, **changes: object) -> httpx.Response:
    return api.patch(f"/v1/tasks/{task['id']}", json=changes)


def again(api: httpx.Client, task: JSON) -> JSON:
    found: JSON = read(api, f"/v1/tasks/{task['id']}")
    return found


def task_in(api: httpx.Client, agent: JSON, status: str) -> JSON:
    """A task that an agent has, or nobody, in that status."""
    task = make_task(api)
    if status != "pending":
        task = good(edit(api, task, assigned_agent_id=agent["id"]))
    if status not in ("pending", "assigned"):
        task = good(edit(api, task, status=status))
    return task


def test_a_new_task_waits_for_somebody(api: httpx.Client) -> None:
    task = make_task(api)

    assert (task["status"], task["priority"], task["assigned_agent_id"]) == ("pending", "medium", None)
    assert (task["labels"], task["depends_on"], task["waits_for"]) == ([], [], [])
    assert again(api, task) == task


def test_a_task_with_an_assignee_is_assigned_at_once(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api, assigned_agent_id=agent["id"])

    assert (task["status"], task["assigned_at"]) == ("assigned", task["created_at"])
    body = {"title": "t", "description": "d", "assigned_agent_id": "nope"}
    refused(api.post("/v1/tasks", json=body), 404, "AGENT_NOT_FOUND")


def test_tasks_are_numbered_in_the_order_in_which_they_came(api: httpx.Client) -> None:
    numbers = [make_task(api)["number"] for _ in range(3)]

    assert numbers == sorted(set(numbers))


def test_lists_are_newest_first_filtered_and_in_pages(api: httpx.Client, agent: JSON) -> None:
    mine = [make_task(api, assigned_agent_id=agent["id"], priority="urgent")["id"] for _ in range(3)][::-1]
    make_task(api, assigned_agent_id=agent["id"], priority="low")
    make_task(api, priority="urgent")

    query = f"/v1/tasks?status=assigned&priority=urgent&assigned_agent_id={agent['id']}"
    whole, page = read(api, query), read(api, f"{query}&limit=1&offset=1")

    assert ([task["id"] for task in whole["tasks"]], whole["total"]) == (mine, 3)
    assert ([task["id"] for task in page["tasks"]], page["total"]) == (mine[1:2], 3)
    assert (page["limit"], page["offset"]) == (1, 1)


@pytest.mark.parametrize("to", STATUSES)
@pytest.mark.parametrize("start", STATUSES)
def test_a_status_moves_along_the_allowed_ways_only(api: httpx.Client, agent: JSON, start: str, to: str) -> None:
    task = task_in(api, agent, start)
    changes = {"status": to}
    if start == "pending" and to in ("assigned", "in_progress"):
        changes["assigned_agent_id"] = agent["id"]

    answer = edit(api, task, **changes)

    if to == start:
        assert good(answer) == task
    elif to in ALLOWED[start]:
        assert good(answer)["status"] == to
    else:
        assert refused(answer, 409, "INVALID_TRANSITION")["details"] == {"field": "status"}
        assert again(api, task) == task


def test_nobody_starts_what_nobody_has(api: httpx.Client) -> None:
    task = make_task(api)

    for status in ("assigned", "in_progress"):
        refused(edit(api, task, status=status), 409, "TASK_UNASSIGNED")
    assert again(api, task) == task


def test_a_task_that_goes_back_forgets_who_had_it_and_what_came_of_it(api: httpx.Client, agent: JSON) -> None:
    task = task_in(api, agent, "in_progress")
    good(edit(api, task, status="completed", result="done"))

    back = good(edit(api, task, status="pending"))

    forgotten = ("assigned_agent_id", "assigned_at", "started_at", "completed_at", "result", "failure_reason")
    assert {back[name] for name in forgotten} == {None}


def test_times_follow_the_status(api: httpx.Client, agent: JSON) -> None:
    task = task_in(api, agent, "in_progress")
    assert task["assigned_at"] <= task["started_at"]

    done = good(edit(api, task, status="completed", result="All green"))

    assert (done["result"], done["completed_at"] >= done["started_at"]) == ("All green", True)


def test_labels_and_capabilities_are_kept_once_and_in_order(api: httpx.Client) -> None:
    task = make_task(api, labels=["b", "a", "b"], required_capabilities=["go", "go", "css"])
    assert (task["labels"], task["required_capabilities"]) == (["b", "a"], ["go", "css"])

    after = good(edit(api, task, labels=[], required_capabilities=["go"]))

    assert (after["labels"], after["required_capabilities"]) == ([], ["go"])


def test_a_task_waits_until_what_it_needs_is_completed(api: httpx.Client, agent: JSON) -> None:
    first, second = make_task(api), make_task(api)
    task = make_task(api, depends_on=[first["id"], second["id"], first["id"]])
    assert (task["depends_on"], task["waits_for"]) == ([first["id"], second["id"]],) * 2
    refused(edit(api, task, status="in_progress", assigned_agent_id=agent["id"]), 409, "TASK_WAITS")

    good(edit(api, first, status="completed"))
    assert again(api, task)["waits_for"] == [second["id"]]
    good(edit(api, second, status="failed"))
    assert again(api, task)["waits_for"] == [second["id"]]

    good(edit(api, first, status="pending"))
    assert again(api, task)["waits_for"] == [first["id"], second["id"]]


def test_a_deleted_task_is_waited_for_no_longer(api: httpx.Client) -> None:
    needed, kept = make_task(api), make_task(api)
    task = make_task(api, depends_on=[needed["id"], kept["id"]])

    assert api.delete(f"/v1/tasks/{needed['id']}").status_code == 204

    refused(api.delete(f"/v1/tasks/{needed['id']}"), 404, "TASK_NOT_FOUND")
    after = again(api, task)
    assert (after["depends_on"], after["waits_for"]) == ([kept["id"]], [kept["id"]])


def test_a_task_cannot_wait_for_itself_however_far_around(api: httpx.Client) -> None:
    first = make_task(api)
    second = make_task(api, depends_on=[first["id"]])
    third = make_task(api, depends_on=[second["id"]])

    for needs in ([first["id"]], [second["id"]], [third["id"]]):
        error = refused(edit(api, first, depends_on=needs), 400, "DEPENDENCY_CYCLE")
        assert error["details"] == {"field": "depends_on"}
    assert again(api, first) == first
    good(edit(api, third, depends_on=[first["id"]]))


def test_nothing_waits_for_what_is_not_there(api: httpx.Client) -> None:
    there = make_task(api)
    body = {"title": "t", "description": "d", "depends_on": [there["id"], "nope"]}

    error = refused(api.post("/v1/tasks", json=body), 400, "INVALID_DEPENDS_ON")

    assert error["details"] == {"field": "depends_on[1]"}
    refused(edit(api, there, depends_on=["nope"]), 400, "INVALID_DEPENDS_ON")


def test_a_second_assignee_is_refused_and_the_first_keeps_the_task(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api, assigned_agent_id=agent["id"])
    other = make_agent(api)

    error = refused(edit(api, task, assigned_agent_id=other["id"]), 409, "TASK_ALREADY_ASSIGNED")

    assert error["details"] == {"assigned_agent_id": agent["id"]}
    assert again(api, task) == task
    assert good(edit(api, task, assigned_agent_id=None))["status"] == "pending"
    assert good(edit(api, task, assigned_agent_id=other["id"]))["assigned_agent_id"] == other["id"]


def test_of_twenty_agents_that_take_a_task_at_one_time_one_has_it(api: httpx.Client) -> None:
    agents = [make_agent(api)["id"] for _ in range(20)]
    task = make_task(api)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda who: edit(api, task, assigned_agent_id=who), agents))

    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert winner["assigned_agent_id"] in agents
    assert again(api, task) == winner
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, 409, "TASK_ALREADY_ASSIGNED")


def test_an_edit_to_what_is_there_already_changes_nothing(api: httpx.Client) -> None:
    task = make_task(api, title=unique("task"), labels=["a"])

    assert good(edit(api, task, title=task["title"], labels=["a"], priority="medium")) == task
    assert good(edit(api, task)) == task


@pytest.mark.parametrize("name", ["label", "labels"])
def test_a_label_is_found_word_for_word(api: httpx.Client, name: str) -> None:
    word = unique("bug")
    made = {label: make_task(api, labels=[label, "x"]) for label in (word, word.upper(), f'"{word}', f"{word}\\")}

    [found] = good(api.get("/v1/tasks", params={name: word}))["tasks"]

    assert found == made[word]


def test_labels_add_up_whichever_way_they_are_named(api: httpx.Client) -> None:
    one, two, odd = unique("one"), unique("two"), unique("a, b")
    both = make_task(api, labels=[one, two, odd])
    make_task(api, labels=[one])

    for query in ({"label": [one, two]}, {"labels": f"{one},{two}"}, {"label": odd}, {"labels": f'"{odd}"'}):
        assert good(api.get("/v1/tasks", params=query))["tasks"] == [both], query
    assert good(api.get("/v1/tasks", params={"label": one, "labels": two}))["tasks"] == [both]
    refused(api.get("/v1/tasks", params={"label": ["x", "y" * 501]}), 400, "INVALID_LABEL")
