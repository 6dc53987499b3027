"""Board, list and page of tasks change in place while somebody looks at them."""

from __future__ import annotations

from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.crew import Crew, Json
from tests.support.browser.page import focused, mark, marked, visit


def add(api: httpx.Client, title: str = "Fix rounding", **more: Any) -> Json:
    """A new task."""
    answer = api.post("/v1/tasks", json={"title": title, "description": "As it says"} | more)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def change(api: httpx.Client, task: Json, **fields: Any) -> None:
    """Change a task as a program does."""
    answer = api.patch(f"/v1/tasks/{task['id']}", json=fields)
    assert answer.is_success, answer.text


def card(page: Page, task: Json, status: str = "") -> Locator:
    """The task's card; in this very column, if one is named."""
    return page.locator(f"{f'#tasks-{status} ' if status else ''}#task-card-{task['id']}")


def titles(page: Page, status: str) -> list[str]:
    """What a column shows, in order."""
    return page.locator(f"#tasks-{status} .task-name bdi").all_text_contents()


def test_a_card_goes_from_column_to_column(page: Page, crew: Crew, api: httpx.Client) -> None:
    agent, task = crew.add(status="active"), add(api)
    visit(page, "/tasks?view=board")
    mark(card(page, task))

    claim = api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent.id}).json()
    expect(card(page, task, "in_progress")).to_contain_text(agent.name)
    expect(page.locator("#tasks-head-pending .n")).to_have_text("0")
    expect(page.locator("#tasks-head-in_progress .n")).to_have_text("1")

    agent.report(progress=42)
    expect(card(page, task)).to_contain_text("42 %")

    api.post(
        f"/v1/tasks/{task['id']}/failure",
        json={"fence": claim["lease"]["fence"], "reason": "npm ci exited with 1"},
    )
    expect(card(page, task, "failed")).to_contain_text("npm ci exited with 1")
    expect(page.locator("#badge-tasks")).to_have_text("1 failed")
    assert marked(card(page, task)), "the card is the same element in every column"


def test_new_cards_come_to_their_place(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    add(api, "high", priority="high"), add(api, "low", priority="low")
    visit(page, "/tasks?view=board")

    add(api, "medium")
    add(api, "urgent", priority="urgent")

    expect(page.locator("#tasks-pending .task-card")).to_have_count(4)
    assert titles(page, "pending") == ["urgent", "high", "medium", "low"]


def test_what_is_done_last_comes_first(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    first, second = add(api, "first"), add(api, "second")
    visit(page, "/tasks?view=board")

    change(api, second, status="completed")
    expect(card(page, second, "completed")).to_be_visible()
    change(api, first, status="completed")
    expect(card(page, first, "completed")).to_be_visible()

    assert titles(page, "completed") == ["first", "second"]


def test_cards_enter_and_leave_the_filter(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    stays, leaves = add(api, labels=["bug"]), add(api, labels=["bug"])
    visit(page, "/tasks?view=board&labels=bug")

    change(api, leaves, labels=["docs"])
    other = add(api)
    enters = add(api, labels=["bug"])

    expect(card(page, enters)).to_be_visible()
    expect(card(page, leaves)).to_have_count(0)
    expect(card(page, other)).to_have_count(0)
    expect(card(page, stays)).to_be_visible()
    expect(page.locator("#tasks-head-pending .n")).to_have_text("2")


def test_a_deleted_task_leaves_and_the_focus_goes_to_its_neighbour(
    page: Page,
    crew: Crew,  # noqa: ARG001
    api: httpx.Client,
) -> None:
    gone, stays = add(api), add(api)
    visit(page, "/tasks?view=board")
    card(page, gone).locator(".task-name").focus()

    api.delete(f"/v1/tasks/{gone['id']}")

    expect(card(page, gone)).to_have_count(0)
    assert focused(card(page, stays).locator(".task-name"))


def test_a_focused_card_keeps_the_focus_when_it_moves(
    page: Page,
    crew: Crew,  # noqa: ARG001
    api: httpx.Client,
) -> None:
    task = add(api)
    visit(page, "/tasks?view=board")
    card(page, task).locator(".task-name").focus()

    change(api, task, status="completed")

    expect(card(page, task, "completed")).to_be_visible()
    assert focused(card(page, task).locator(".task-name"))


def test_nothing_moves_under_the_pointer(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    first, under = add(api, "first", priority="high"), add(api, "under")
    visit(page, "/tasks?view=board")
    card(page, under).hover()
    before = card(page, under).bounding_box()

    add(api, "urgent", priority="urgent")
    expect(page.locator("#column-pending [data-held]")).to_have_text("1 new")
    change(api, first, status="completed")
    expect(card(page, first, "completed")).to_be_visible()
    assert card(page, under).bounding_box() == before

    page.get_by_role("heading", name="Tasks").hover()
    expect(page.locator("#tasks-pending .task-card")).to_have_count(2)
    expect(page.locator("#column-pending [data-held]")).to_be_hidden()
    assert titles(page, "pending") == ["urgent", "under"]


def test_the_first_card_takes_the_place_of_the_empty_board(
    page: Page,
    crew: Crew,  # noqa: ARG001
    api: httpx.Client,
) -> None:
    visit(page, "/tasks?view=board")
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_visible()

    task = add(api)

    expect(card(page, task)).to_be_visible()
    expect(page.get_by_role("heading", name="No tasks yet")).to_be_hidden()


def test_a_full_column_stays_at_fifty(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    for n in range(51):
        add(api, f"Task {n}")
    visit(page, "/tasks?view=board")
    expect(page.locator("#tasks-foot-pending")).to_have_text("1 more")

    add(api, "urgent", priority="urgent")

    expect(page.locator("#tasks-foot-pending")).to_have_text("2 more")
    expect(page.locator("#tasks-pending .task-card")).to_have_count(50)
    assert titles(page, "pending")[0] == "urgent"


def test_the_list_changes_in_place(page: Page, crew: Crew, api: httpx.Client) -> None:
    agent, old = crew.add(), add(api, "old")
    visit(page, "/tasks?view=list")
    row = page.locator(f"#task-row-{old['id']}")
    mark(row)

    change(api, old, assigned_agent_id=agent.id)
    add(api, "new")

    expect(row).to_contain_text("Assigned")
    expect(row).to_contain_text(agent.name)
    expect(page.locator(".task-row .task-name")).to_have_text(["new", "old"])
    assert marked(row)
    api.delete(f"/v1/tasks/{old['id']}")
    expect(row).to_have_count(0)


def test_a_tasks_page_follows_it(page: Page, crew: Crew, api: httpx.Client) -> None:
    agent, need = crew.add(status="active"), add(api, "Need")
    task = add(api, depends_on=[need["id"]])
    visit(page, f"/tasks/{task['id']}")
    expect(page.locator("#task-waits")).to_contain_text("Waiting")

    change(api, need, status="completed")
    expect(page.locator("#task-waits")).to_contain_text("Done")

    claim = api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent.id}).json()
    expect(page.locator("#task-header")).to_contain_text("In progress")
    expect(page.locator("#task-claims")).to_contain_text("works on it")
    agent.report(progress=66)
    expect(page.locator("#task-outcome")).to_contain_text("66 %")

    fence = claim["lease"]["fence"]
    api.post(f"/v1/tasks/{task['id']}/completion", json={"fence": fence, "result": "All rounded"})
    expect(page.locator("#task-outcome")).to_contain_text("All rounded")

    api.delete(f"/v1/tasks/{task['id']}")
    expect(page.locator("#task-gone")).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_be_hidden()
