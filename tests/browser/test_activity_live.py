"""The page of all activity: lines come in at the top, under the filter, and behind a pill when I have scrolled away."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.crew import Crew
from tests.support.browser.page import eventually, live, on_page, visit

LINES = "#activity > .line"


def scroll(page: Page, top: int) -> None:
    """Scroll to a place, as a person does, and wait until the page is there."""
    page.evaluate("top => scrollTo(0, top)", top)
    on_page(page, "() => scrollY > 0" if top else "() => scrollY === 0")


def test_a_new_line_arrives_at_the_top(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.say("The first one")
    visit(page, "/activity")
    new = agent.say("The second one")
    expect(page.locator(LINES).first).to_have_attribute("id", f"event-{new}")
    expect(page.locator(LINES).first).to_contain_text("The second one")
    expect(page.locator("#activity-new")).to_be_hidden()


def test_the_first_line_takes_the_place_of_the_empty_page(page: Page, crew: Crew) -> None:
    agent = crew.add()
    visit(page, "/activity")
    expect(page.get_by_role("heading", name="Nothing has happened yet")).to_be_visible()
    agent.say("The first one")
    expect(page.locator(LINES)).to_have_count(1)
    expect(page.get_by_role("heading", name="Nothing has happened yet")).to_be_hidden()


def test_only_lines_that_match_come(page: Page, crew: Crew) -> None:
    agent, other = crew.add(), crew.add("Docs Writer")
    visit(page, f"/activity?agent={agent.id}&type=commit&q=retries")
    for who, message, kind in (
        (other, "retries", "commit"),
        (agent, "retries", "edit"),
        (agent, "x", "commit"),
    ):
        who.say(message, kind)
    wanted = agent.say("Limit the retries", "commit")
    expect(page.locator(f"#event-{wanted}")).to_be_visible()
    expect(page.locator(LINES)).to_have_count(1)


def test_nothing_comes_to_days_that_are_over(page: Page, crew: Crew) -> None:
    agent = crew.add()
    visit(page, "/activity?since=2026-01-01")
    new = agent.say("Of today", "test")
    expect(page.locator(LINES).first).to_have_attribute("id", f"event-{new}")
    visit(page, "/activity?until=2026-01-01")
    agent.say("Of today, too", "test")
    agent.ask("Which?")
    expect(page).to_have_title("(1) Activity · Fleet")
    expect(page.locator(LINES)).to_have_count(0)


def test_news_waits_behind_a_pill_while_i_read_further_down(page: Page, crew: Crew) -> None:
    agent = crew.add()
    for number in range(60):
        agent.say(f"Line {number}")
    visit(page, "/activity")
    scroll(page, 700)
    for number in range(12):
        agent.say(f"News {number}")
    pill = page.get_by_role("button", name="12 new")
    expect(pill).to_be_visible()
    expect(page.locator("#activity > .line:not(.held)").first).to_contain_text("Line 59")
    pill.click()
    expect(page.locator(LINES).first).to_contain_text("News 11")
    expect(page.locator(LINES).first).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_back_at_the_top_news_comes_in_by_itself(page: Page, crew: Crew) -> None:
    agent = crew.add()
    for number in range(60):
        agent.say(f"Line {number}")
    visit(page, "/activity")
    scroll(page, 700)
    agent.say("News")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    scroll(page, 0)
    expect(page.locator(LINES).first).to_contain_text("News")
    expect(page.locator("#activity-new")).to_be_hidden()


def test_older_lines_come_when_i_reach_the_end(page: Page, crew: Crew) -> None:
    agent = crew.add()
    for number in range(150):
        agent.say(f"Line {number}")
    visit(page, "/activity")
    eventually(lambda: (page.keyboard.press("End"), page.locator(LINES).count() == 150)[1], "older lines never came")
    ids = page.locator(LINES).evaluate_all("all => all.map(line => Number(line.dataset.seq))")
    assert ids == sorted(set(ids), reverse=True), "a gap, or a line twice"
    expect(page.get_by_text("That is where it began.")).to_be_visible()
    expect(page.locator("#activity-new")).to_be_hidden()


def test_without_scripts_older_lines_are_a_link_away(windows: Windows, crew: Crew) -> None:
    agent = crew.add()
    for number in range(70):
        agent.say(f"Line {number}")
    page = windows.open(java_script_enabled=False)
    page.goto("/activity")
    expect(page.locator("#activity h2")).to_have_text(f"{datetime.now(UTC):%A, %-d %B %Y}, UTC")
    page.get_by_role("link", name="Show older").click()
    expect(page.locator(LINES)).to_have_count(10)
    page.get_by_role("link", name="Back to the newest").click()
    expect(page.locator(LINES)).to_have_count(60)


def test_days_are_those_of_the_viewers_time_zone(windows: Windows, crew: Crew) -> None:
    crew.add().say("Now")
    page = windows.open(timezone_id="Pacific/Kiritimati")
    page.goto("/activity")
    live(page)
    expect(page.locator("#activity h2")).to_have_text("Today")


def test_a_filter_is_an_address(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.say("Edited a", "edit")
    agent.say("Committed b", "commit")
    visit(page, "/activity")
    page.get_by_role("link", name="commit", exact=True).click()
    expect(page).to_have_url("/activity?type=commit")
    expect(page.locator(LINES)).to_have_count(1)
    page.get_by_label("Agent", exact=True).select_option(agent.id)
    expect(page).to_have_url(f"/activity?agent={agent.id}&type=commit")
    page.get_by_role("searchbox", name="Filter by words").fill("nothing like it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
