"""The overview changes by itself: who needs me, is everybody all right, what is happening."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser.crew import Crew
from tests.support.browser.page import eventually, mark, marked, visit, without_reload


def test_the_first_agent_appears_on_the_empty_overview_by_itself(page: Page, crew: Crew) -> None:
    visit(page, "/")
    expect(page.get_by_role("heading", name="No agents yet")).to_be_visible()
    with without_reload(page):
        first = crew.add(status="active", current_task="Review pull request #123")
        card = page.locator(f"#agent-card-{first.id}")
        expect(card).to_contain_text("Review pull request #123")
        expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
        second = crew.add("Docs Writer", status="active")
        expect(page.locator(f"#agent-card-{second.id}")).to_be_visible()
        first.report(progress=42)
        expect(card).to_contain_text("42 %")
        line = first.say("Read 14 files")
        expect(page.locator(f"#event-{line}")).to_be_visible()


def test_a_new_agent_comes_in_beside_the_others_and_they_stay_the_same_elements(page: Page, crew: Crew) -> None:
    first = crew.add(status="active")
    visit(page, "/")
    card = page.locator(f"#agent-card-{first.id}")
    mark(card)
    second = crew.add("Docs Writer", status="warning")
    expect(page.locator(f"#agent-card-{second.id}")).to_contain_text("Warning")
    first.report(progress=77, lines_added=1200)
    expect(card).to_contain_text("77 %")
    expect(card).to_contain_text("+1,200")
    assert marked(card)


def test_figures_badges_and_the_title_follow(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    expect(page).to_have_title("Overview · Fleet")
    expect(page.locator("#badge-overview")).to_be_hidden()
    agent.ask("Now, or behind a flag?")
    expect(page).to_have_title("(1) Overview · Fleet")
    for badge in ("#badge-overview", "#badge-agents"):
        expect(page.locator(badge)).to_contain_text("1")
    expect(page.locator(".figure-need .figure-n")).to_have_text("1")
    expect(page.locator("#needs-title")).to_have_text("Needs you 1")
    crew.add("Docs Writer", status="error")
    expect(page).to_have_title("(2) Overview · Fleet")
    expect(page.locator("#needs-head")).to_contain_text("1 question, 1 error")
    agent.report(status="active", pending_question=None)
    expect(page).to_have_title("(1) Overview · Fleet")
    expect(page.locator("#figures")).to_contain_text("of 2 agents")


def test_the_number_of_agents_follows(page: Page, crew: Crew) -> None:
    crew.add(status="active")
    visit(page, "/")
    crew.add("Docs Writer", status="active")
    expect(page.locator("#figures")).to_contain_text("of 2 agents")
    expect(page.locator("#agents-title")).to_have_text("Agents 2")
    expect(page.locator(".rail-foot")).to_contain_text("2 agents")


def test_lines_of_activity_arrive_newest_first(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    first, second = agent.say("Read 14 files"), agent.say("Edited retries.md", "edit")
    expect(page.locator(f"#event-{second}")).to_contain_text("Code Reviewer Edited retries.md")
    order = page.locator("#activity > li").evaluate_all("lines => lines.map(line => line.id)")
    assert order[:2] == [f"event-{second}", f"event-{first}"]
    expect(page.locator(f"#agent-card-{agent.id} .agent-last")).to_contain_text("Edited retries.md")


def test_lines_wait_behind_a_pill_while_the_list_is_pointed_at(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    agent.say("The line under the pointer")
    visit(page, "/")
    page.locator("#activity > li").first.hover()
    lines = [agent.say("One"), agent.say("Two")]
    pill = page.locator("#activity-new")
    expect(pill).to_have_text("2 new")
    for line in lines:
        expect(page.locator(f"#event-{line}")).to_be_hidden()
    pill.click()
    for line in lines:
        expect(page.locator(f"#event-{line}")).to_be_visible()
    expect(pill).to_be_hidden()


def test_a_deleted_agent_disappears_from_everywhere(page: Page, crew: Crew) -> None:
    crew.add("Docs Writer", status="active")
    agent = crew.add()
    agent.ask("Which database?")
    visit(page, "/")
    expect(page.locator(f"#need-{agent.id}")).to_be_visible()
    agent.leave()
    expect(page.locator(f"#need-{agent.id}")).to_have_count(0)
    expect(page.locator(f"#agent-card-{agent.id}")).to_have_count(0)
    expect(page).to_have_title("Overview · Fleet")


def test_quiet_agents_are_folded_away_and_stay_unfolded_once_opened(page: Page, crew: Crew) -> None:
    crew.add("Docs Writer", status="active")
    quiet = crew.add("Translator", status="idle")
    visit(page, "/")
    card = page.locator(f"#agent-card-{quiet.id}")
    expect(card).to_be_hidden()
    page.locator("details.quiet > summary").click()
    expect(card).to_be_visible()
    mark(card)
    quiet.report(current_task="Wait for texts")
    expect(card).to_contain_text("Wait for texts")
    assert marked(card)


def test_quiet_agents_are_counted_as_they_come(page: Page, crew: Crew) -> None:
    crew.add("Docs Writer", status="active")
    crew.add("Translator", status="idle")
    visit(page, "/")
    summary = page.locator("details.quiet > summary")
    expect(summary).to_contain_text("1 quiet agent")
    crew.add("Release Notes", status="finished")
    expect(summary).to_contain_text("2 quiet agents")
    expect(summary).to_contain_text("1 finished")


def test_a_quiet_agent_that_starts_to_work_is_seen(page: Page, crew: Crew) -> None:
    crew.add("Docs Writer", status="active")
    quiet = crew.add("Translator", status="idle")
    visit(page, "/")
    quiet.report(status="active", current_task="41 strings to German")
    expect(page.locator(f"#agent-card-{quiet.id}")).to_be_visible()


def test_the_table_changes_in_place(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/?view=table")
    row = page.locator(f"#agent-row-{agent.id}")
    mark(row)
    agent.report(progress=63)
    expect(row).to_contain_text("63 %")
    assert marked(row)
    other = crew.add("Docs Writer", status="active")
    expect(page.locator(f"#agent-row-{other.id}")).to_be_visible()


def test_ages_tick_without_the_server(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    age = page.locator(f"#agent-card-{agent.id} time")
    before = age.inner_text()
    eventually(lambda: age.inner_text() != before, "the age stands still")
