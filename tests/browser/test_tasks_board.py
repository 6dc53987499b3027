"""Moving, making and changing tasks on the board: by pointer, by keys, without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.test_accessibility import in_every_look
from tests.browser.test_tasks_live import add, card, change
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Json
from tests.support.browser.page import eventually, focused, live, sideways, visit, without_reload


def status(api: httpx.Client, task: Json) -> str:
    """Where the server says that the task is."""
    return str(api.get(f"/v1/tasks/{task['id']}").json()["status"])


def held(api: httpx.Client, task: Json, agent_id: str) -> None:
    """Let an agent claim the task."""
    assert api.post(f"/v1/tasks/{task['id']}/claim", json={"agent_id": agent_id}).is_success


def name(page: Page, task: Json) -> Any:
    """The link on the task's card."""
    return card(page, task).locator(".task-name")


def test_a_card_is_dragged_to_another_column(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    task = add(api)
    visit(page, "/tasks?view=board")

    with without_reload(page):
        card(page, task).drag_to(page.locator("#column-completed"))
        expect(card(page, task, "completed")).to_be_visible()

    eventually(lambda: status(api, task) == "completed")
    expect(page.locator("#tasks-head-completed .n")).to_have_text("1")
    expect(page.locator("#task-said")).to_have_text(f"{task['number']} moved to Done.")


def test_what_the_state_forbids_is_said_and_the_card_goes_back(
    page: Page, crew: Crew, api: httpx.Client, watch: Watch
) -> None:
    watch.allow("conflict")
    agent, task = crew.add(), add(api)
    held(api, task, agent.id)
    visit(page, "/tasks?view=board")

    card(page, task).drag_to(page.locator("#column-completed"))

    expect(card(page, task, "in_progress").locator("[data-said]")).to_contain_text("holds a lease")
    assert status(api, task) == "in_progress"


def test_a_card_without_an_agent_asks_for_one(page: Page, crew: Crew, api: httpx.Client) -> None:
    crew.add("Docs Writer", capabilities=["docs"])
    lacks = crew.add("Bug Fixer")
    task = add(api, required_capabilities=["docs"])
    visit(page, "/tasks?view=board")

    card(page, task).drag_to(page.locator("#column-in_progress"))

    panel = page.get_by_role("dialog", name=f"Assign task {task['number']}")
    expect(panel.get_by_label("Agent")).to_be_focused()
    expect(panel.locator(f"optgroup[label='Lack a capability'] option[value='{lacks.id}']")).to_have_count(1)
    expect(card(page, task, "pending")).to_have_count(1)
    panel.get_by_role("button", name="Assign and start").click()
    expect(panel).to_be_hidden()
    expect(card(page, task, "in_progress")).to_contain_text("Docs Writer")


def test_arrows_look_around_and_with_shift_move(page: Page, crew: Crew, api: httpx.Client) -> None:
    agent = crew.add()
    first, second, third = add(api), add(api), add(api, assigned_agent_id=agent.id)
    visit(page, "/tasks?view=board")

    page.keyboard.press("ArrowDown")
    assert focused(name(page, first))
    page.keyboard.press("ArrowDown")
    assert focused(name(page, second))
    page.keyboard.press("ArrowRight")
    assert focused(name(page, third))

    page.keyboard.press("Shift+ArrowRight")
    eventually(lambda: status(api, third) == "in_progress")
    expect(card(page, third, "in_progress")).to_be_visible()
    assert focused(name(page, third)), "the moved card keeps the focus"
    eventually(lambda: card(page, third).get_attribute("aria-busy") is None)
    page.keyboard.press("Shift+ArrowLeft")
    eventually(lambda: status(api, third) == "assigned")
    assert focused(name(page, third))


def test_a_task_is_written_without_leaving_the_board(page: Page, crew: Crew, api: httpx.Client, watch: Watch) -> None:
    watch.allow("wrong form")
    crew.add()
    need = add(api, "Need")
    visit(page, "/tasks?view=board")

    with without_reload(page):
        page.keyboard.press("n")
        panel = page.get_by_role("dialog", name="New task")
        expect(panel.get_by_label("Title")).to_be_focused()
        panel.get_by_label("Title").fill("Written here")
        panel.get_by_label("Waits for").fill(f"{need['number']}, 99999")
        page.keyboard.press("Control+Enter")

        expect(panel.get_by_label("Description")).to_be_focused()
        expect(panel.get_by_label("Title")).to_have_value("Written here")
        expect(panel.get_by_text("Task description is required")).to_be_visible()
        page.keyboard.type("With words")
        page.keyboard.press("Control+Enter")

        expect(panel.get_by_label("Waits for")).to_be_focused()
        expect(panel.get_by_text("There is no task 99999.")).to_be_visible()
        panel.get_by_label("Waits for").fill(str(need["number"]))
        panel.get_by_text("Urgent").click()
        panel.get_by_role("button", name="Create task").click()

        expect(panel).to_be_hidden()
        shown = page.locator("#tasks-pending .task-card", has_text="Written here")
        expect(shown).to_contain_text("waits for 1")
        expect(page.locator("#task-said")).to_contain_text("Created task")


def test_what_was_typed_is_there_when_the_panel_opens_again(page: Page, crew: Crew) -> None:  # noqa: ARG001
    visit(page, "/tasks?view=board")
    page.keyboard.press("n")
    page.get_by_label("Title").fill("Half a thought")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("n")

    expect(page.get_by_label("Title")).to_have_value("Half a thought")


def test_e_edits_and_a_assigns_the_card_with_the_focus(page: Page, crew: Crew, api: httpx.Client) -> None:
    agent, task = crew.add(), add(api)
    visit(page, "/tasks?view=board")
    page.keyboard.press("ArrowDown")

    page.keyboard.press("e")
    page.get_by_role("dialog").get_by_label("Title").fill("Renamed")
    page.keyboard.press("Control+Enter")
    expect(card(page, task)).to_contain_text("Renamed")
    eventually(lambda: focused(name(page, task)), "the focus comes back to the card")

    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_label("Agent").select_option(agent.id)
    page.get_by_role("button", name="Assign").last.click()
    expect(card(page, task, "assigned")).to_contain_text(agent.name)


def test_a_failed_task_is_retried_where_it_lies(page: Page, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    task = add(api)
    change(api, task, status="failed", failure_reason="npm ci exited with 1")
    visit(page, "/tasks?view=board")
    expect(card(page, task, "failed")).to_contain_text("npm ci exited with 1")

    with without_reload(page):
        card(page, task).get_by_role("button", name="Retry").click()
        expect(card(page, task, "pending")).to_be_visible()


def test_a_claim_is_taken_back_from_the_card(page: Page, crew: Crew, api: httpx.Client) -> None:
    agent, task = crew.add(), add(api)
    held(api, task, agent.id)
    visit(page, "/tasks?view=board")

    card(page, task).locator("summary").click()
    card(page, task).get_by_role("button", name="Take it back").click()

    expect(card(page, task, "pending")).to_be_visible()


def test_the_menu_moves_without_javascript(windows: Windows, crew: Crew, api: httpx.Client) -> None:  # noqa: ARG001
    page = windows.open(java_script_enabled=False)
    task, other = add(api, "Mine"), add(api, "Other")
    page.goto("/tasks?view=board&q=Mine")
    expect(card(page, other)).to_have_count(0)

    card(page, task).locator("summary").click()
    card(page, task).get_by_role("button", name="Done").click()

    expect(card(page, task, "completed")).to_be_visible()
    assert re.search(r"/tasks\?view=board&q=Mine#", page.url)
    page.get_by_role("link", name="New task").first.click()
    page.get_by_label("Title").fill("Plain")
    page.get_by_label("Description").fill("Form")
    page.get_by_role("button", name="Create task").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()


def test_a_viewer_drags_nothing(roles: Any, windows: Windows) -> None:
    task = add(roles.crew.api)
    page = windows.open(token=roles.tokens["viewer"], server=roles.server)
    visit(page, "/tasks?view=board")

    card(page, task).drag_to(page.locator("#column-completed"))
    page.keyboard.press("n")

    expect(card(page, task, "pending")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("wide", [1440, 900, 390])
@pytest.mark.parametrize("path", ["/tasks?view=board", "/tasks?view=list", "task", "/tasks/new"])
def test_no_page_is_wider_than_the_window(
    windows: Windows, crew: Crew, api: httpx.Client, wide: int, path: str
) -> None:
    agent = crew.add("W" * 200)
    long = "Unbroken" * 60
    task = add(api, long, labels=[long[:190], "\u202eRTL \u05e9\u05dc\u05d5\u05dd", "🧨" * 40], priority="urgent")
    change(api, task, status="in_progress", assigned_agent_id=agent.id)
    change(api, add(api, long), status="failed", failure_reason=long)
    page = windows.open(wide=wide)

    visit(page, f"/tasks/{task['id']}" if path == "task" else path)

    assert sideways(page) == 0


@pytest.mark.parametrize("path", ["/tasks?view=board", "/tasks?view=list", "/tasks/{id}", "/tasks/{id}/edit"])
def test_axe_finds_nothing(page: Page, crew: Crew, api: httpx.Client, path: str) -> None:
    agent = crew.add(status="active", progress=40)
    need = add(api, "Need", labels=["bug", "docs"], priority="urgent")
    add(api, "Waits", depends_on=[need["id"]], assigned_agent_id=agent.id)
    held(api, need, agent.id)
    for status in ("completed", "failed"):
        change(api, add(api, priority="low"), status=status)
    visit(page, path.format(id=need["id"]))

    in_every_look(page, path, live)


def finger(page: Page) -> Any:
    """Puts a finger down, moves it and takes it up, as the browser's own input."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


@pytest.mark.parametrize("held_for", [0, 500])
def test_a_finger_that_holds_a_card_takes_it_along_and_one_that_does_not_scrolls(
    windows: Windows,
    crew: Crew,  # noqa: ARG001  # empties the board
    api: httpx.Client,
    held_for: int,
) -> None:
    task = add(api)
    page = windows.open(wide=900, tall=700, has_touch=True)
    visit(page, "/tasks?view=board")
    begin, end = card(page, task).bounding_box(), page.locator("#column-completed").bounding_box()
    assert begin is not None
    assert end is not None
    touch = finger(page)

    touch("touchStart", begin["x"] + 60, begin["y"] + 20)
    page.wait_for_timeout(held_for)
    far = end["x"] - begin["x"] if held_for else 0
    for step in range(1, 9):
        touch("touchMove", begin["x"] + 60 + far * step / 8, begin["y"] + 20 + 8 * step)
    expect(page.locator(".task-card.lifted")).to_have_count(1 if held_for else 0)
    touch("touchEnd")

    expect(page.locator(".task-card.lifted")).to_have_count(0)
    if held_for:
        expect(card(page, task, "completed")).to_be_visible()
        eventually(lambda: status(api, task) == "completed")
    else:
        assert status(api, task) == "pending"
    assert "/tasks?view=board" in page.url
    expect(page.locator(".column.over, .task-card.dragging")).to_have_count(0)
