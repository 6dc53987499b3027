"""What needs me stands at the top of the overview, and can be dealt with right there."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, on_page, visit


def test_a_likely_answer_is_one_click(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    agent.ask("Migrate the sessions table now, or behind a flag?\nIt locks it.", "Behind a flag", "Now")
    need = page.locator(f"#need-{agent.id}")
    expect(need).to_contain_text("It locks it.")
    need.get_by_role("button", name="Behind a flag").click()
    expect(need).to_have_count(0)
    expect(page.locator("#needs-title")).to_have_text("Nothing needs you")
    [sent] = agent.commands
    assert (sent["type"], sent["content"]) == ("feedback", "Behind a flag")
    assert sent["answers"] == "Migrate the sessions table now, or behind a flag?\nIt locks it."
    expect(page.locator(f"#agent-card-{agent.id}")).to_contain_text("Answer sent")


def test_own_words_are_sent_by_ctrl_enter_and_the_focus_goes_to_the_next_need(page: Page, crew: Crew) -> None:
    second = crew.add("Docs Writer")
    second.ask("Which tone?")
    first = crew.add("Code Reviewer")
    first.ask("Which database?")
    visit(page, "/")
    field = page.get_by_role("textbox", name="Answer Code Reviewer")
    field.fill("PostgreSQL,\nplease")
    field.press("Control+Enter")
    expect(page.locator(f"#need-{first.id}")).to_have_count(0)
    assert [command["content"] for command in first.commands] == ["PostgreSQL,\nplease"]
    assert second.commands == []
    on_page(page, "id => document.getElementById(id).contains(document.activeElement)", f"need-{second.id}")


def test_the_focus_is_not_lost_with_the_last_need(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?", "SQLite")
    visit(page, "/")
    page.get_by_role("button", name="SQLite").press("Enter")
    expect(page.locator(".need")).to_have_count(0)
    on_page(page, "() => document.activeElement !== document.body && document.activeElement.isConnected")


def test_enter_alone_begins_a_new_line(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?")
    visit(page, "/")
    field = page.locator(f"#answer-{agent.id}")
    field.press_sequentially("one")
    field.press("Enter")
    field.press_sequentially("two")
    expect(field).to_have_value("one\ntwo")
    assert agent.commands == []


def test_a_question_leaves_when_its_agent_goes_on(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?")
    visit(page, "/")
    expect(page.locator(f"#need-{agent.id}")).to_be_visible()
    agent.report(status="active", pending_question=None)
    expect(page.locator(f"#need-{agent.id}")).to_have_count(0)


def test_an_error_is_told_what_to_do_or_dismissed(page: Page, crew: Crew) -> None:
    agent = crew.add("Dependency Updater", status="active")
    visit(page, "/")
    agent.fail("npm ci exited with 1")
    need = page.locator(f"#need-{agent.id}")
    expect(need).to_contain_text("npm ci exited with 1")
    need.get_by_role("textbox").fill("Stay on React 18")
    need.get_by_role("button", name="Send the instruction").click()
    expect(need.locator("[data-note]")).to_have_text("Sent")
    expect(need.get_by_role("textbox")).to_have_value("")
    assert [command["content"] for command in agent.commands] == ["Stay on React 18"]
    need.get_by_role("button", name="Dismiss").click()
    expect(need).to_have_count(0)
    expect(page.locator(f"#agent-card-{agent.id}")).to_contain_text("Error")
    agent.report(status="active")
    agent.fail("npm ci exited with 2")
    expect(need).to_contain_text("npm ci exited with 2")


def test_an_empty_answer_is_not_sent_and_keeps_the_focus(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?")
    visit(page, "/")
    field = page.locator(f"#answer-{agent.id}")
    field.press("Control+Enter")
    assert agent.commands == []
    assert focused(field)
