"""Keys that work outside of fields: help, going places, walking through rows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, visit


@pytest.mark.parametrize(("letter", "path"), [("o", "/"), ("a", "/agents"), ("t", "/tasks"), ("v", "/activity")])
def test_g_and_a_letter_goes_there(page: Page, crew: Crew, letter: str, path: str) -> None:
    crew.add()
    visit(page, "/search?q=x")
    page.keyboard.press("g")
    page.keyboard.press(letter)
    expect(page).to_have_url(path)


def test_the_question_mark_lists_the_keys_of_this_page(page: Page, crew: Crew) -> None:
    crew.add()
    visit(page, "/agents?view=table")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Select the row")
    expect(keys).to_contain_text("Overview")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_no_key_fires_while_i_type(page: Page, crew: Crew) -> None:
    crew.add()
    visit(page, "/agents?view=table")
    page.keyboard.press("/")
    words = page.get_by_role("searchbox", name="Filter by words")
    assert focused(words)
    page.keyboard.type("go? jkx/")
    expect(words).to_have_value("go? jkx/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url("/agents?view=table")


def test_rows_are_walked_through_and_opened(page: Page, crew: Crew) -> None:
    for name in ("Alpha", "Beta", "Gamma"):
        crew.add(name)
    visit(page, "/agents?view=table&sort=name")
    names = page.locator(".agent-row .agent-name")
    for key, place in (
        ("j", 0),
        ("j", 1),
        ("ArrowDown", 2),
        ("j", 2),
        ("k", 1),
        ("ArrowUp", 0),
        ("k", 0),
        ("j", 1),
    ):
        page.keyboard.press(key)
        expect(names.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Beta", level=1)).to_be_visible()


def test_the_same_names_of_keys_work_in_the_activity(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.say("One")
    agent.say("Two")
    visit(page, "/activity")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".line .event-agent").nth(1)).to_be_focused()
