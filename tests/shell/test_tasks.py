"""`fleet tasks` and `fleet task`: the queue from a shell."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import good, make_agent, make_task, read, unique
from tests.support.shell import Program


def test_a_task_needs_no_more_than_a_title(fleet: Program, api: httpx.Client) -> None:
    title = unique("Fix it")

    number, task_id, said = fleet.says("task", "new", title).strip().split(" ", 2)

    task = read(api, f"/v1/tasks/{task_id}")
    assert (f"#{task['number']}", task["title"], task["description"]) == (number, title, title)
    assert said == title


def test_a_new_task_takes_everything_that_a_task_can_say(fleet: Program, api: httpx.Client) -> None:
    agent, first = make_agent(api), make_task(api)

    task = fleet.gives(
        "task",
        "new",
        "T",
        "--description",
        "D",
        "--priority",
        "high",
        "--label",
        "a",
        "--label",
        "b",
        "--needs",
        f"#{first['number']}",
        "--requires",
        "python",
        "--assign",
        agent["name"],
    )

    assert (task["description"], task["priority"], task["labels"]) == ("D", "high", ["a", "b"])
    assert (task["depends_on"], task["required_capabilities"]) == ([first["id"]], ["python"])
    assert (task["assigned_agent_id"], task["status"]) == (agent["id"], "assigned")


def test_a_description_can_come_from_standard_input(fleet: Program, api: httpx.Client) -> None:
    task_id = fleet.says("task", "new", "T", "--description", "-", stdin="one\ntwo\n").split()[1]
    assert read(api, f"/v1/tasks/{task_id}")["description"] == "one\ntwo"


def test_the_list_is_filtered_by_status_label_and_words(fleet: Program, api: httpx.Client) -> None:
    label, other = unique("label"), unique("label")
    wanted = make_task(api, title="Paint the fence", labels=[label, other])
    make_task(api, title="Paint the door", labels=[label])

    by_labels = fleet.gives("tasks", "--label", label, "--label", other, "--status", "pending")
    assert [task["id"] for task in by_labels] == [wanted["id"]]
    heading, line = fleet.says("tasks", "--label", label, "fence").splitlines()
    assert heading.split() == ["NUMBER", "STATUS", "PRIORITY", "TITLE", "AGENT", "LABELS", "AGE"]
    assert line.split()[:6] == [f"#{wanted['number']}", "Waiting", "medium", "Paint", "the", "fence"]
    assert "No task matches" in fleet.fails(4, "tasks", "--label", label, "--status", "failed")


@pytest.mark.parametrize("way", ["{number}", "#{number}", "{id}", "{short}"])
def test_a_task_is_found_by_number_by_id_and_by_the_beginning_of_its_id(
    fleet: Program, api: httpx.Client, way: str
) -> None:
    made = make_task(api, title="Findable")
    wanted = way.format(number=made["number"], id=made["id"], short=made["id"][:15])

    assert "Findable" in fleet.says("task", wanted)
    assert fleet.gives("task", "show", wanted)["id"] == made["id"]


def test_a_task_that_is_not_there_is_nothing_found(fleet: Program) -> None:
    for wanted in ("999999999", "task_0000", "x"):
        assert "TASK_NOT_FOUND" in fleet.fails(4, "task", wanted)


def test_an_edit_changes_what_it_names_and_an_empty_label_empties_the_list(fleet: Program, api: httpx.Client) -> None:
    made = make_task(api, labels=["old"])

    fleet.says("task", "edit", str(made["number"]), "--title", "New title", "--label", "")

    task = read(api, f"/v1/tasks/{made['id']}")
    assert (task["title"], task["labels"], task["description"]) == ("New title", [], made["description"])
    assert "what to change" in fleet.fails(2, "task", "edit", made["id"])


def test_a_task_is_given_to_one_agent_and_taken_back_before_another_one_gets_it(
    fleet: Program, api: httpx.Client
) -> None:
    made, agent, other = make_task(api), make_agent(api), make_agent(api)
    number = str(made["number"])

    assert fleet.gives("task", "assign", number, agent["name"])["assigned_agent_id"] == agent["id"]
    assert "TASK_ALREADY_ASSIGNED" in fleet.fails(1, "task", "assign", number, other["name"])
    assert fleet.gives("task", "assign", number, "--nobody")["status"] == "pending"
    assert "--nobody" in fleet.fails(2, "task", "assign", number)


def test_only_a_task_that_has_ended_is_tried_again(fleet: Program, api: httpx.Client) -> None:
    made = make_task(api)

    assert "has not ended" in fleet.fails(1, "task", "retry", made["id"])
    good(api.patch(f"/v1/tasks/{made['id']}", json={"status": "failed"}))
    assert fleet.gives("task", "retry", made["id"])["status"] == "pending"


def test_nothing_is_deleted_without_asking_or_being_told(fleet: Program, api: httpx.Client) -> None:
    made = make_task(api)

    assert "--yes" in fleet.fails(2, "task", "delete", made["id"])
    assert made["id"] in fleet.says("task", "delete", made["id"], "--yes")
    assert api.get(f"/v1/tasks/{made['id']}").status_code == 404


def test_one_task_is_shown_with_who_had_it_and_what_came_too_late(fleet: Program, api: httpx.Client) -> None:
    agent, made = make_agent(api), make_task(api)
    path = f"/v1/tasks/{made['id']}"
    fence = good(api.post(f"{path}/claim", json={"agent_id": agent["id"]}))["lease"]["fence"]
    good(api.delete(f"{path}/claim", params={"fence": fence}))
    assert api.post(f"{path}/completion", json={"fence": fence, "result": "Too\nlate"}).status_code == 409

    shown = fleet.says("task", made["id"])

    assert f"{agent['name']}: released" in shown
    assert "too late: Too late" in shown
