"""Many rows of the agents' table chosen, and one thing done to all of them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import visit
from tests.support.browser.roles import Roles

TABLE = "/agents?view=table&sort=name"


def box(page: Page, name: str) -> Locator:
    """The checkbox of an agent's row."""
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


def every(page: Page) -> Locator:
    """The checkbox of all rows."""
    return page.get_by_role("checkbox", name="Select all that are shown")


def bar(page: Page) -> Locator:
    """The bar at the foot."""
    return page.get_by_role("region", name="Chosen agents")


def mixed(page: Page) -> bool:
    """True when some rows are chosen, not all."""
    return bool(every(page).evaluate("e => e.indeterminate"))


def test_one_a_range_all_and_none(page: Page, crew: Crew) -> None:
    crew.many(6)
    visit(page, TABLE)
    expect(bar(page)).to_be_hidden()
    box(page, "Worker 002").check()
    expect(bar(page)).to_contain_text("1 selected")
    assert mixed(page)
    box(page, "Worker 005").click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("4 selected")
    every(page).click()
    expect(bar(page)).to_contain_text("6 selected")
    expect(every(page)).to_be_checked()
    every(page).click()
    expect(bar(page)).to_be_hidden()
    box(page, "Worker 001").check()
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()
    expect(box(page, "Worker 001")).not_to_be_checked()


def test_live_changes_lose_no_selection(page: Page, crew: Crew) -> None:
    stays, goes, dies = (
        crew.add("Alpha", status="active"),
        crew.add("Beta", status="active"),
        crew.add("Gamma", status="active"),
    )
    visit(page, f"{TABLE}&state=active")
    every(page).check()
    stays.report(progress=77, current_task="Something else")
    goes.report(status="idle")
    expect(page.locator(f"#agent-row-{stays.id}")).to_contain_text("77 %")
    expect(page.locator(f"#agent-row-{goes.id}")).to_have_count(0)
    expect(box(page, "Alpha")).to_be_checked()
    expect(bar(page)).to_contain_text("3 selected, 1 not in sight")
    goes.report(status="active")
    expect(box(page, "Beta")).to_be_checked()
    expect(bar(page)).not_to_contain_text("not in sight")
    assert dies.now["status"] == "active"


def test_all_chosen_ones_are_told_the_same(page: Page, crew: Crew) -> None:
    workers = crew.many(3)
    visit(page, TABLE)
    box(page, "Worker 001").check()
    box(page, "Worker 003").check()
    bar(page).get_by_role("button", name="Send command").click()
    dialog = page.get_by_role("dialog", name="Send a command to 2 agents")
    expect(dialog).to_contain_text("Worker 001, Worker 003")
    dialog.get_by_label("What should they do?").fill("Rebase, please")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Sent to 2 agents")).to_be_visible()
    told = page.get_by_role("list", name="Agents").get_by_role("listitem")
    expect(told).to_have_count(2)
    expect(page.get_by_text("2 have not read it yet")).to_be_visible()
    assert [len(worker.commands) for worker in workers] == [1, 0, 1]
    [command] = workers[0].commands
    crew.api.patch(f"/v1/agents/{workers[0].id}/commands/{command['id']}", json={"status": "acknowledged"})
    expect(page.get_by_text("1 of 2")).to_be_visible()


def test_chosen_ones_are_paused_and_go_on(page: Page, crew: Crew) -> None:
    first, second = crew.many(2)
    visit(page, TABLE)
    every(page).check()
    bar(page).get_by_role("button", name="Pause").click()
    page.get_by_role("dialog", name="Pause 2 agents").get_by_label("Reason").fill("Lunch")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("Paused 2 agents.")
    expect(page.locator(f"#agent-row-{first.id}")).to_contain_text("Paused")
    assert second.now["pause_reason"] == "Lunch"
    every(page).check()
    bar(page).get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.locator("#notice")).to_have_text("Resumed 2 agents.")
    assert second.now["paused_at"] is None


def test_chosen_tasks_are_given_to_one_agent(page: Page, crew: Crew) -> None:
    agent = crew.add("Ada")
    ids = [
        crew.api.post("/v1/tasks", json={"title": title, "description": "d"}).json()["id"] for title in ("One", "Two")
    ]
    visit(page, "/tasks?view=list")
    for task_id in ids:
        page.locator(f"#task-row-{task_id} [data-pick]").check()
    chosen = page.get_by_role("region", name="Chosen tasks")
    expect(chosen).to_contain_text("2 selected")
    chosen.get_by_role("button", name="Assign").click()
    dialog = page.get_by_role("dialog", name="Assign 2 tasks")
    expect(dialog).to_contain_text("One, Two")
    dialog.get_by_label("Agent", exact=True).select_option(agent.id)
    dialog.get_by_role("button", name="Assign").click()
    expect(page.locator("#notice")).to_have_text("Assigned 2 tasks.")
    for task_id in ids:
        expect(page.locator(f"#task-row-{task_id}")).to_contain_text("Ada")
        crew.api.delete(f"/v1/tasks/{task_id}")


def test_the_one_that_failed_is_named_and_stays_chosen(page: Page, crew: Crew) -> None:
    first, second = crew.many(2)
    visit(page, TABLE)
    every(page).check()
    bar(page).get_by_role("button", name="Send command").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What should they do?").fill("Rebase, please")
    second.leave()
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_contain_text("Sent to 1 agent.")
    expect(dialog).to_contain_text("Agent not found")
    expect(page.locator("[data-chosen-words]").first).to_have_text("1 agent")
    assert len(first.commands) == 1


def test_tags_are_changed_and_filter_the_list(page: Page, crew: Crew) -> None:
    first, second = crew.add("Alpha", tags=["old"]), crew.add("Beta")
    visit(page, TABLE)
    box(page, "Alpha").check()
    bar(page).get_by_role("button", name="Tag").click()
    page.get_by_label("Add tags").fill("nightly, gpu")
    page.get_by_label("Remove tags").fill("old")
    page.get_by_role("button", name="Change tags").click()
    expect(page.locator("#notice")).to_have_text("Tags changed on 1 agent.")
    assert (first.now["tags"], second.now["tags"]) == (["nightly", "gpu"], [])
    page.reload()
    page.get_by_label("Tag", exact=True).select_option("gpu")
    expect(page.locator(".agent-row")).to_have_count(1)
    second.report(tags=["gpu"])
    expect(page.locator(".agent-row")).to_have_count(2)


def test_they_are_deleted_once_their_number_is_typed(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("wrong form")
    crew.many(3)
    visit(page, TABLE)
    box(page, "Worker 001").check()
    box(page, "Worker 002").check()
    bar(page).get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 2 agents")
    dialog.get_by_label("Type 2 to confirm").fill("3")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Type 2")
    dialog.get_by_label("Type 2 to confirm").fill("2")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_have_text("Deleted 2 agents.")
    expect(page.locator(".agent-row")).to_have_count(1)
    expect(bar(page)).to_be_hidden()


def test_a_viewer_has_nothing_to_choose_and_an_operator_nothing_to_delete(windows: Windows, roles: Roles) -> None:
    roles.crew.add("Code Reviewer")
    viewer = windows.open(roles.tokens["viewer"], roles.server)
    visit(viewer, TABLE)
    expect(viewer.get_by_role("checkbox")).to_have_count(0)
    operator = windows.open(roles.tokens["operator"], roles.server)
    visit(operator, TABLE)
    box(operator, "Code Reviewer").check()
    expect(bar(operator).get_by_role("button", name="Send command")).to_be_visible()
    expect(bar(operator).get_by_role("button", name="Delete")).to_have_count(0)


def test_on_a_phone_rows_are_chosen_by_touch(windows: Windows, crew: Crew) -> None:
    first, second = crew.add("First", status="active"), crew.add("Second", status="active")
    page = windows.open(wide=390, tall=800, has_touch=True)
    visit(page, "/agents?view=table")
    expect(page.locator(".agent-row [data-pick]").first).to_be_hidden()

    page.get_by_role("button", name="Select").tap()
    for agent in (first, second):
        page.locator(f"#agent-row-{agent.id} .agent-name").tap(force=True)

    assert page.url.endswith("/agents?view=table"), "a tap chooses, it opens nothing"
    expect(page.locator("#chosen [data-chosen-count]")).to_have_text("2")
    first.report(progress=77)
    expect(page.locator(f"#agent-row-{first.id}")).to_contain_text("77 %")
    expect(page.get_by_role("checkbox", name="Select First")).to_be_checked()
    page.get_by_role("button", name="Done").tap()
    expect(page.locator("#chosen")).to_be_hidden()
    page.locator(f"#agent-row-{first.id} .agent-name").tap()
    expect(page).to_have_url(re.compile(f"{first.path}$"))
