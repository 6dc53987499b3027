"""The palette: found, chosen and run from the keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, visit
from tests.support.browser.roles import Roles


def field(page: Page) -> Locator:
    """Where one types."""
    return page.get_by_role("combobox", name="Search or run a command")


def chosen(page: Page) -> Locator:
    """The line that Enter runs."""
    return page.locator('#palette [aria-selected="true"]')


def ask(page: Page, words: str) -> None:
    """Open the palette and type."""
    page.keyboard.press("Control+k")
    expect(field(page)).to_be_focused()
    page.keyboard.type(words)


def task(crew: Crew, title: str) -> dict[str, Any]:
    """A new task."""
    made: dict[str, Any] = crew.api.post("/v1/tasks", json={"title": title, "description": "d"}).json()
    return made


def test_it_opens_lists_and_gives_the_focus_back(page: Page, crew: Crew) -> None:
    crew.add()
    visit(page, "/agents")
    words = page.get_by_role("searchbox", name="Filter by words")
    words.focus()
    page.keyboard.press("Control+k")
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("option", name="New task")).to_be_visible()
    expect(field(page)).to_have_attribute("aria-activedescendant", "palette-option-1")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    assert focused(words)


def test_arrows_choose_and_enter_opens(page: Page, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    crew.add("Docs Writer")
    visit(page, "/")
    ask(page, "@ code")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(chosen(page)).to_contain_text("Code Reviewer")
    page.keyboard.press("ArrowUp")
    expect(chosen(page)).to_contain_text("Code Reviewer")
    page.keyboard.press("Enter")
    expect(page).to_have_url(agent.path)


def test_after_its_verb_the_question_is_the_likeliest_and_opens_its_answer_field(page: Page, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    agent.ask("Now, or behind a flag?")
    visit(page, "/activity")
    ask(page, "answer code")
    expect(chosen(page)).to_contain_text("Now, or behind a flag?")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{agent.path}#answer-{agent.id}")
    expect(page.locator(f"#answer-{agent.id}")).to_be_focused()


def test_a_sentence_is_sent_however_fast_it_is_typed(page: Page, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    visit(page, "/activity")
    ask(page, "send code reviewer please rebase")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("Sent to Code Reviewer")
    expect(page.locator("#palette")).to_be_hidden()
    assert [command["content"] for command in agent.commands] == ["please rebase"]


def test_a_command_is_sent_in_two_steps(page: Page, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    visit(page, "/activity")
    ask(page, "send code")
    expect(chosen(page)).to_contain_text("Send command to Code Reviewer")
    page.keyboard.press("Enter")
    expect(page.locator("#palette-step")).to_have_text("Send to Code Reviewer")
    page.keyboard.press("Backspace")
    expect(page.locator("#palette-step")).to_be_hidden()
    page.keyboard.type("send code")
    expect(chosen(page)).to_contain_text("Send command to Code Reviewer")
    page.keyboard.press("Enter")
    expect(page.locator("#palette-step")).to_be_visible()
    page.keyboard.type("run the <b>slow</b> tests")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("Sent to Code Reviewer")
    assert agent.commands[0]["content"] == "run the <b>slow</b> tests"


def test_a_task_is_assigned(page: Page, crew: Crew) -> None:
    agent, made = crew.add("Code Reviewer"), task(crew, "Cover refunds")
    visit(page, "/activity")
    ask(page, f"assign {made['number']} code rev")
    expect(chosen(page)).to_contain_text(f"Assign {made['number']} to Code Reviewer")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("is given to Code Reviewer")
    assert crew.api.get(f"/v1/tasks/{made['id']}").json()["assigned_agent_id"] == agent.id


def test_the_next_task_is_claimed_and_then_there_is_none(page: Page, crew: Crew) -> None:
    agent, made = crew.add("Bug Fixer"), task(crew, "Fix rounding")
    visit(page, "/activity")
    ask(page, "claim for bug fixer")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("Bug Fixer has taken its next task")
    taken = crew.api.get(f"/v1/tasks/{made['id']}").json()
    assert (taken["assigned_agent_id"], taken["status"]) == (agent.id, "in_progress")
    ask(page, "claim for bug fixer")
    page.keyboard.press("Enter")
    expect(page.locator("#palette-said")).to_have_text("There is nothing that Bug Fixer can take now.")
    expect(page.locator("#palette")).to_be_visible()


def test_a_refusal_is_said_and_nothing_typed_is_lost(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("not found")
    agent = crew.add("Bug Fixer")
    visit(page, "/activity")
    ask(page, "send bug fixer hello")
    expect(chosen(page)).to_contain_text("hello")
    agent.leave()
    page.keyboard.press("Enter")
    expect(page.locator("#palette-said")).to_contain_text("Agent not found")
    expect(field(page)).to_have_value("send bug fixer hello")


def test_the_theme_changes_from_the_palette(page: Page, crew: Crew) -> None:
    crew.add()
    visit(page, "/activity")
    for theme in ("dark", "light"):
        ask(page, f"{theme} theme")
        expect(chosen(page)).to_contain_text("theme")
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    for path in ("/", "/agents", "/tasks", "/search", "/agents/new"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_the_mouse_does_it_too(page: Page, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    visit(page, "/")
    page.get_by_role("button", name="Search or run a command").click()
    field(page).fill("@code")
    page.get_by_role("option", name="Code Reviewer").click()
    expect(page).to_have_url(agent.path)


def test_without_scripts_the_box_is_a_form(windows: Windows, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    page = windows.open(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("searchbox", name="Search or run a command").fill("send code reviewer rest now")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send to Code Reviewer").click()
    expect(page).to_have_url(f"{agent.path}/commands")
    assert agent.commands[0]["content"] == "rest now"


@pytest.mark.parametrize(
    ("words", "found"),
    [("code", "Code Reviewer"), ("send code go", "Nothing matches"), (">", "Keyboard shortcuts")],
)
def test_a_viewer_can_only_look(windows: Windows, roles: Roles, words: str, found: str) -> None:
    agent = roles.crew.add("Code Reviewer")
    agent.ask("Now?")
    page = windows.open(roles.tokens["viewer"], roles.server)
    visit(page, "/activity")
    ask(page, words)
    lines = page.locator("#palette-list [role=option]")
    expect(lines).to_have_count(1)  # no Send, no Answer, no Claim, no Assign, no New task
    expect(lines).to_contain_text(found)


def test_tab_offers_what_else_can_be_done(page: Page, crew: Crew) -> None:
    agent = crew.add("Code Reviewer")
    visit(page, "/")
    ask(page, "@ code")
    expect(page.get_by_text("more actions")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#palette-step")).to_have_text("Code Reviewer")
    expect(chosen(page)).to_contain_text("Send command to Code Reviewer")
    expect(page.get_by_text("more actions")).to_be_hidden()
    page.keyboard.type("det")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{agent.path}/details")


def test_a_viewer_is_offered_no_more_actions(roles: Roles, windows: Windows) -> None:
    roles.crew.add("Code Reviewer")
    page = windows.open(roles.tokens["viewer"], roles.server)
    visit(page, "/")
    ask(page, "@ code")
    expect(chosen(page)).to_contain_text("Code Reviewer")
    expect(page.get_by_text("more actions")).to_have_count(0)
