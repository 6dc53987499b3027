"""Without JavaScript everything still works, by plain forms and links."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import token_field
from tests.support.serving import DEV_TOKEN


@pytest.fixture
def plain(windows: Windows, crew: Crew) -> Page:  # noqa: ARG001  # agents are cleared around it
    """A signed-in window that runs no scripts."""
    return windows.open(java_script_enabled=False)


def test_signing_in_and_out(windows: Windows, crew: Crew) -> None:
    crew.add(status="active")
    page = windows.open(None, java_script_enabled=False)
    page.goto("/agents")
    token_field(page).fill(DEV_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Fleet")).to_be_visible()


def test_nothing_is_offered_that_needs_scripts(plain: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which?", "One")
    for path in ("/", "/agents", "/agents/new", agent.path, f"{agent.path}/details"):
        plain.goto(path)
        assert plain.locator(".needs-js:visible").count() == 0, path


def test_a_likely_answer(plain: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?", "SQLite", "PostgreSQL")
    plain.goto("/")
    plain.get_by_role("button", name="SQLite").click()
    expect(plain.locator("#agent-question")).to_contain_text("Answer sent")
    assert [command["content"] for command in agent.commands] == ["SQLite"]


def test_an_answer_in_own_words(plain: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?\nThink twice.", "SQLite", "PostgreSQL")
    plain.goto(agent.path)
    plain.get_by_role("radio", name="PostgreSQL").check()
    plain.get_by_role("textbox", name="Your answer").fill("version 17")
    plain.get_by_role("button", name="Send answer").click()
    expect(plain.locator("#agent-question")).to_contain_text("Answer sent")
    assert [command["content"] for command in agent.commands] == ["PostgreSQL\nversion 17"]


def test_an_answer_to_a_question_that_changed_is_shown_again(plain: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("conflict")
    agent = crew.add()
    agent.ask("Which database?")
    plain.goto(agent.path)
    plain.get_by_role("textbox", name="Your answer").fill("Drop it")
    agent.ask("Drop the production database?")
    plain.get_by_role("button", name="Send answer").click()
    expect(plain.locator("#answer-error")).to_contain_text("asks something else by now")
    expect(plain.get_by_role("textbox", name="Your answer")).to_have_value("Drop it")
    expect(plain.locator(".question-title")).to_have_text("Drop the production database?")
    assert agent.commands == []


def test_commands_are_sent_and_withdrawn(plain: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    plain.goto(agent.path)
    plain.get_by_label("Message").fill("Begin\nnow")
    plain.get_by_label("Type", exact=True).select_option("question")
    plain.locator(".composer").get_by_role("button", name="Send").click()
    expect(plain.locator(".said")).to_contain_text("Begin")
    assert [(c["type"], c["content"]) for c in agent.commands] == [("question", "Begin\nnow")]
    plain.get_by_role("button", name="Withdraw").click()
    expect(plain.locator(".said")).to_contain_text("Withdrawn")


def test_an_error_is_dismissed(plain: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.fail("npm ci exited with 1")
    plain.goto("/")
    plain.get_by_role("button", name="Dismiss").click()
    expect(plain.get_by_role("button", name="Dismiss")).to_have_count(0)
    plain.goto(agent.path)
    expect(plain.locator("#agent-question")).to_contain_text("Dismissed")


def test_todos_are_added_ticked_and_deleted(plain: Page, crew: Crew) -> None:
    agent = crew.add()
    plain.goto(agent.path)
    plain.get_by_label("New todo").fill("Read the diff")
    plain.get_by_role("button", name="Add", exact=True).click()
    plain.get_by_role("button", name="Mark as done: Read the diff").click()
    expect(plain.get_by_role("button", name="Mark as open: Read the diff")).to_be_visible()
    assert [todo["completed"] for todo in agent.todos] == [True]
    plain.locator(".todo summary").click()
    plain.get_by_role("button", name="Delete todo").click()
    expect(plain.locator(".todo")).to_have_count(0)
    assert agent.todos == []


def test_an_agent_is_added_renamed_and_deleted(plain: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("wrong form")
    plain.goto("/")
    plain.get_by_role("link", name="Add agent").click()
    plain.get_by_label("Name").fill("Code Reviewer")
    plain.get_by_label("Worktree").fill("   ")
    plain.get_by_role("button", name="Add agent").click()
    expect(plain.locator("#new-worktree-error")).to_contain_text("worktree is required")
    expect(plain.get_by_label("Name")).to_have_value("Code Reviewer")
    plain.get_by_label("Worktree").fill("/srv/payments-api")
    plain.get_by_role("button", name="Add agent").click()
    expect(plain.get_by_role("heading", name="Code Reviewer")).to_be_visible()
    plain.get_by_role("link", name="Details").click()
    plain.get_by_label("Name", exact=True).fill("Kind Reviewer")
    plain.get_by_role("button", name="Rename").click()
    expect(plain.get_by_role("heading", name="Kind Reviewer")).to_be_visible()
    confirm = plain.get_by_label("Type the agent's name to confirm")
    confirm.fill("kind reviewer")
    plain.get_by_role("button", name="Delete agent").click()
    expect(confirm).to_have_value("kind reviewer")
    confirm.fill("Kind Reviewer")
    plain.get_by_role("button", name="Delete agent").click()
    expect(plain.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    assert crew.api.get("/v1/agents").json()["total"] == 0


def test_filters_order_views_and_pages(plain: Page, crew: Crew) -> None:
    crew.many(60, status="active", hostname="web-01")
    crew.add("Docs Writer", status="error", hostname="web-02")
    plain.goto("/agents")
    plain.get_by_role("link", name="Show 50 more").click()
    expect(plain.locator(".agent-row")).to_have_count(11)
    plain.goto("/agents")
    plain.get_by_role("link", name="Cards").click()
    expect(plain.locator(".agent-card")).to_have_count(50)
    plain.get_by_label("Host").select_option("web-02")
    plain.get_by_role("button", name="Apply").click()
    expect(plain.locator(".agent-card")).to_have_count(1)
    plain.locator("#agent-facets").get_by_role("link", name="Active").click()
    expect(plain.get_by_role("heading", name="No agent matches")).to_be_visible()
    plain.get_by_role("link", name="Show all agents").click()
    plain.get_by_role("searchbox", name="Filter by words").fill("docs writer")
    plain.get_by_role("searchbox", name="Filter by words").press("Enter")
    expect(plain.locator(".agent-card")).to_have_count(1)


def test_tabs_and_folded_agents(plain: Page, crew: Crew) -> None:
    agent = crew.add(status="idle", current_task="Wait for texts")
    plain.goto("/")
    plain.locator("details.quiet > summary").click()
    plain.get_by_role("link", name="Code Reviewer").first.click()
    for tab in ("Activity", "Commands", "Details", "Overview"):
        plain.locator(".agent-tabs").get_by_role("link", name=tab).click()
        expect(plain.locator(".agent-tabs [aria-current=page]")).to_have_text(tab)
    expect(plain.locator("#agent-header")).to_contain_text(agent.name)
