"""The list of agents changes in place: who is in it, in which state, how many."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.crew import Crew
from tests.support.browser.page import live, mark, marked, visit

VIEWS = pytest.mark.parametrize(("view", "kind"), [("cards", "card"), ("table", "row")])


def ids(page: Page, kind: str) -> list[str]:
    """Which agents the list shows, in order."""
    return page.locator(f"[id^=agent-{kind}-]").evaluate_all("all => all.map(e => e.id)")


@VIEWS
def test_an_agent_changes_in_place(page: Page, crew: Crew, view: str, kind: str) -> None:
    agent, other = crew.add(status="active"), crew.add("Docs Writer", status="active")
    visit(page, f"/agents?view={view}")
    before = ids(page, kind)
    shown = page.locator(f"#agent-{kind}-{agent.id}")
    mark(shown)
    agent.report(progress=41, status="warning", name="Code Reader")
    other.say("Edited retries.md", "edit")
    expect(shown).to_contain_text("41 %")
    expect(shown).to_contain_text("Warning")
    expect(shown).to_contain_text("Code Reader")
    expect(page.locator(f"#agent-{kind}-{other.id}")).to_contain_text("Edited retries.md")
    assert marked(shown)
    assert ids(page, kind) == before, "order changes only when I ask for it"


@VIEWS
def test_a_new_agent_comes_in_and_a_deleted_one_leaves(page: Page, crew: Crew, view: str, kind: str) -> None:
    agent = crew.add(status="active")
    visit(page, f"/agents?view={view}")
    new = crew.add("Docs Writer")
    expect(page.locator(f"#agent-{kind}-{new.id}")).to_be_visible()
    agent.leave()
    expect(page.locator(f"#agent-{kind}-{agent.id}")).to_have_count(0)


@VIEWS
def test_the_first_agent_appears_on_the_empty_list(page: Page, crew: Crew, view: str, kind: str) -> None:
    visit(page, f"/agents?view={view}")
    expect(page.get_by_role("heading", name="No agents yet")).to_be_visible()
    agent = crew.add()
    expect(page.locator(f"#agent-{kind}-{agent.id}")).to_be_visible()
    expect(page.get_by_role("heading", name="No agents yet")).to_be_hidden()


@VIEWS
def test_who_does_not_match_any_more_leaves_the_list(page: Page, crew: Crew, view: str, kind: str) -> None:
    agent, stays = crew.add(status="active"), crew.add("Docs Writer", status="active")
    visit(page, f"/agents?view={view}&state=active")
    agent.report(status="finished")
    expect(page.locator(f"#agent-{kind}-{agent.id}")).to_have_count(0)
    expect(page.locator(f"#agent-{kind}-{stays.id}")).to_be_visible()


@VIEWS
def test_who_begins_to_match_comes_in(page: Page, crew: Crew, view: str, kind: str) -> None:
    agent = crew.add(status="idle")
    crew.add("Docs Writer", status="active")
    visit(page, f"/agents?view={view}&state=active")
    expect(page.locator(f"#agent-{kind}-{agent.id}")).to_have_count(0)
    agent.report(status="active")
    expect(page.locator(f"#agent-{kind}-{agent.id}")).to_be_visible()


def test_who_begins_to_match_comes_into_a_list_that_was_empty(page: Page, crew: Crew) -> None:
    agent = crew.add(status="idle")
    visit(page, "/agents?view=cards&state=active")
    expect(page.get_by_role("heading", name="No agent matches")).to_be_visible()
    agent.report(status="active")
    expect(page.locator(f"#agent-card-{agent.id}")).to_be_visible()
    expect(page.get_by_role("heading", name="No agent matches")).to_be_hidden()


def test_the_counts_beside_the_states_follow(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/agents")
    facets = page.locator("#agent-facets")
    expect(facets.get_by_role("link", name="Active")).to_contain_text("1")
    agent.ask("Which database?")
    expect(facets.get_by_role("link", name="Waiting for you")).to_contain_text("1")
    expect(facets.get_by_role("link", name="Active")).to_contain_text("0")
    crew.add("Docs Writer", status="finished")
    expect(facets.get_by_role("link", name="Finished")).to_contain_text("1")
    expect(page.locator(".title-count")).to_have_text("2")


def test_a_state_is_chosen_and_let_go_by_its_chip(page: Page, crew: Crew) -> None:
    crew.add(status="active")
    crew.add("Docs Writer", status="error")
    visit(page, "/agents")
    page.locator("#agent-facets").get_by_role("link", name="Error").click()
    expect(page.locator(".agent-card")).to_have_count(1)
    expect(page.locator("#agent-facets [aria-current]")).to_contain_text("Error")
    page.locator("#agent-facets [aria-current]").click()
    expect(page.locator(".agent-card")).to_have_count(2)


def test_fifty_more_are_shown_without_anybody_twice(page: Page, crew: Crew) -> None:
    workers = crew.many(120, status="active")
    visit(page, "/agents")
    assert len(ids(page, "row")) == 50
    more = page.get_by_role("link", name="Show 50 more")
    expect(page.locator("#agent-more")).to_contain_text("50 of 120 shown")
    more.click()
    expect(page.locator(".agent-row")).to_have_count(100)
    more.click()
    expect(page.locator(".agent-row")).to_have_count(120)
    expect(more).to_have_count(0)
    shown = ids(page, "row")
    assert len(set(shown)) == 120
    assert set(shown) == {f"agent-row-{worker.id}" for worker in workers}
    # Rows that came later are as live as the first ones.
    last = workers[0]
    last.report(progress=88)
    expect(page.locator(f"#agent-row-{last.id}")).to_contain_text("88 %")


def test_nobody_is_shown_twice_when_the_order_changes_meanwhile(page: Page, crew: Crew) -> None:
    workers = crew.many(60, status="active")
    visit(page, "/agents")
    # The very last of the list moves to its top, so the fiftieth becomes the fifty-first.
    workers[0].say("Suddenly first")
    page.get_by_role("link", name="Show 50 more").click()
    expect(page.get_by_role("link", name="Show 50 more")).to_have_count(0)
    shown = ids(page, "row")
    assert len(shown) == len(set(shown)) >= 59
    # And the one that slipped past comes in with its next sign of life.
    workers[0].report(progress=5)
    expect(page.locator(f"#agent-row-{workers[0].id}")).to_contain_text("5 %")
    expect(page.locator(".agent-row")).to_have_count(60)


def test_the_view_is_remembered(page: Page, crew: Crew) -> None:
    crew.add(status="active")
    visit(page, "/agents")
    expect(page.locator(".agent-card")).to_have_count(1)
    page.get_by_role("group", name="View").get_by_role("link", name="Table").click()
    expect(page.locator(".agent-row")).to_have_count(1)
    visit(page, "/agents")
    expect(page.locator(".agent-row")).to_have_count(1)
    visit(page, "/")
    expect(page.locator(".agent-row")).to_have_count(1)


def test_words_find_agents_by_name_task_and_place(page: Page, crew: Crew) -> None:
    crew.add(status="active", current_task="Review pull request #123")
    crew.add("Docs Writer", "/srv/docs-site", status="active", hostname="web-01")
    visit(page, "/agents")
    words = page.get_by_role("searchbox", name="Filter by words")
    for typed, name in (
        ("pull request", "Code Reviewer"),
        ("docs-site", "Docs Writer"),
        ("WEB-01", "Docs Writer"),
    ):
        words.fill(typed)
        words.press("Enter")
        expect(page.locator(".agent-card")).to_have_count(1)
        expect(page.locator(".agent-card")).to_contain_text(name)
        live(page)
    assert "q=WEB-01" in page.url
    assert "host=" not in page.url


def test_a_choice_of_host_or_order_takes_effect_at_once(page: Page, crew: Crew) -> None:
    crew.add("B", hostname="web-01", progress=10)
    crew.add("A", hostname="web-02", progress=90)
    visit(page, "/agents?view=cards")
    page.get_by_label("Sort").select_option("By name")
    expect(page.locator(".agent-name").first).to_have_text("A")
    page.get_by_label("Host").select_option("web-01")
    expect(page.locator(".agent-card")).to_have_count(1)
    assert "sort=name" in page.url
    assert "host=web-01" in page.url


def test_back_returns_to_the_list_where_it_was(page: Page, crew: Crew) -> None:
    crew.many(40, status="active")
    visit(page, "/agents?view=cards&state=active&sort=name")
    page.locator("#main").focus()
    page.mouse.wheel(0, 900)
    link = page.get_by_role("link", name="Worker 030", exact=True)
    link.scroll_into_view_if_needed()
    was = page.evaluate("() => scrollY")
    assert was > 300
    link.click()
    expect(page.locator("#agent-header")).to_contain_text("Worker 030")
    page.go_back()
    live(page)
    assert page.url.endswith("/agents?view=cards&state=active&sort=name")
    expect(link).to_be_in_viewport()
    assert abs(page.evaluate("() => scrollY") - was) < 60
