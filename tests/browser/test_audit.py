"""The audit's page in a browser: unfolding, filtering, verifying; with nothing said in the console."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import inspect
from tests.support.browser.crew import Crew
from tests.support.serving import Served


def test_an_entry_unfolds_its_facts_and_leads_to_all_that_was_done_to_its_subject(page: Page, crew: Crew) -> None:
    agent = crew.add("Ada")
    agent.plan("Read the diff")
    page.goto("/audit")

    entry = page.locator(".audit-line", has_text="added agent")
    entry.first.locator("summary").click()
    facts = entry.first.locator(".audit-facts")
    expect(facts).to_contain_text("agents.create")
    inspect(page, where="an entry unfolded")
    facts.get_by_role("link", name=agent.path.rpartition("/")[2]).click()
    expect(page.locator(".audit-line")).to_have_count(1)
    page.get_by_role("link", name="Show progress 1 hidden").click()
    expect(page.locator(".audit-line")).to_have_count(2)
    inspect(page, where="progress shown")


def test_verifying_says_what_it_found_without_a_new_page(page: Page, crew: Crew) -> None:
    crew.add("Ada")
    page.goto("/audit")
    page.evaluate("document.body.dataset.same = 'page'")

    page.get_by_role("button", name="Verify").click()

    expect(page.locator("#audit-state")).to_contain_text("as they were written", timeout=30_000)
    expect(page.locator("body")).to_have_attribute("data-same", "page")
    inspect(page, where="verified")


def test_a_choice_in_the_filters_takes_effect_and_stands_in_the_address(page: Page, server: Served, crew: Crew) -> None:
    crew.add("Ada")
    assert httpx.get(f"{server.url}/v1/tasks").status_code == 401
    page.goto("/audit")

    page.get_by_role("link", name="Refused only").click()
    expect(page.locator(".audit-line[data-refused]").first).to_be_visible()
    expect(page.locator(".audit-line:not([data-refused])")).to_have_count(0)
    page.get_by_label("Action").select_option("agents.create")
    expect(page).to_have_url(f"{server.url}/audit?action=agents.create&result=refused")
    expect(page.locator(".audit-log")).to_contain_text("Nothing matches")


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Page, crew: Crew) -> None:
    crew.add("A name that is as long as a name may well be, and then some words more")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/audit")
    page.locator(".audit-line summary").first.click()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_who_did_it_is_chosen_by_name_and_a_day_takes_effect_by_the_button_that_it_brings_up(
    page: Page, server: Served, crew: Crew
) -> None:
    agent = crew.add("Ada")
    page.goto("/audit")

    page.get_by_label("By whom").select_option("Ada")
    expect(page).to_have_url(f"{server.url}/audit?actor={agent.id}")
    expect(page.locator(".audit-log")).to_contain_text("Nothing matches")
    page.get_by_label("By whom").select_option("Any token")
    expect(page.locator(".audit-line", has_text="added agent Ada").first).to_be_visible()
    page.get_by_label("To", exact=True).fill("2026-01-01")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(f"{server.url}/audit?actor=token&until=2026-01-01")
    expect(page.locator(".audit-line")).to_have_count(0)
    inspect(page, where="a day chosen")
