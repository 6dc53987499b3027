"""A long question takes three lines until somebody asks for more."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, on_page, visit

LONG = "\n".join(["Which of these?", *(f"Line {n} of what there is to know" for n in range(2, 8))])


def more(page: Page) -> Locator:
    return page.locator(".needs [data-clamp]")


def lines(page: Page) -> float:
    """How high the words are, in lines of a detail."""
    return float(page.locator(".need .clamp-text").first.evaluate("e => e.clientHeight / 18"))


def test_a_question_over_three_lines_is_clamped_and_opens_by_keyboard(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask(LONG, "Yes")
    visit(page, "/")
    expect(more(page)).to_have_accessible_name("more of what Code Reviewer asks")
    assert lines(page) < 4
    words = page.get_by_text("Line 7 of what there is to know")
    more(page).focus()
    page.keyboard.press("Enter")
    expect(more(page)).to_have_attribute("aria-expanded", "true")
    expect(words).to_be_in_viewport()
    assert lines(page) > 7
    page.keyboard.press("Enter")
    expect(more(page)).to_have_attribute("aria-expanded", "false")
    assert lines(page) < 4


def test_three_lines_need_no_more(page: Page, crew: Crew) -> None:
    crew.add().ask("Which of these?\nThe first\nor the second?", "Yes")
    visit(page, "/")
    expect(page.locator(".need")).to_be_visible()
    on_page(page, "() => document.querySelector('.clamp-text').scrollHeight > 0")
    expect(more(page)).to_be_hidden()


def test_an_error_of_many_words_is_clamped_too(page: Page, crew: Crew) -> None:
    crew.add(status="active").fail("npm ci exited with 1. " * 60)
    visit(page, "/")
    expect(more(page)).to_be_visible()
    assert lines(page) < 4


def test_what_is_open_stays_open_while_news_comes(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask(LONG, "Yes")
    visit(page, "/")
    more(page).click()
    agent.report(question_options=["Yes", "Only tomorrow"])
    expect(page.get_by_role("button", name="Only tomorrow")).to_be_visible()
    expect(more(page)).to_have_attribute("aria-expanded", "true")
    assert focused(more(page))


def test_another_question_is_clamped_again(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask(LONG, "Yes")
    visit(page, "/")
    more(page).click()
    agent.ask(LONG.replace("Which of these?", "And of those?"), "No")
    expect(page.locator(".need")).to_contain_text("And of those?")
    expect(more(page)).to_have_attribute("aria-expanded", "false")
    expect(more(page)).to_be_visible()
    agent.ask("Short?", "No")
    expect(more(page)).to_be_hidden()


def test_a_question_that_comes_live_is_clamped(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    agent.ask(LONG, "Yes")
    expect(more(page)).to_be_visible()


def test_more_comes_and_goes_with_the_width(page: Page, crew: Crew) -> None:
    crew.add().ask("Which of these many words is the one that you would keep? " * 4, "Yes")
    visit(page, "/")
    expect(page.locator(".need")).to_be_visible()
    expect(more(page)).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(more(page)).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(more(page)).to_be_hidden()


def test_without_scripts_the_whole_question_is_there(windows: Windows, crew: Crew) -> None:
    crew.add().ask(LONG, "Yes")
    page = windows.open(java_script_enabled=False)
    page.goto("/")
    expect(page.get_by_text("Line 7 of what there is to know")).to_be_in_viewport()
    expect(more(page)).to_be_hidden()
    assert lines(page) > 7
