"""Renaming and deleting an agent, and what its page shows when it was deleted elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import visit


def test_it_is_renamed(page: Page, crew: Crew) -> None:
    agent = crew.add()
    visit(page, f"{agent.path}/details")
    page.get_by_label("Name", exact=True).fill("Kind Reviewer")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Kind Reviewer")).to_be_visible()
    assert agent.now["name"] == "Kind Reviewer"


def test_a_name_of_blanks_is_refused_at_the_field(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("wrong form")
    agent = crew.add()
    visit(page, f"{agent.path}/details")
    field = page.get_by_label("Name", exact=True)
    field.fill("   ")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator(f"#rename-{agent.id}-error")).to_contain_text("Agent name is required")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert agent.now["name"] == "Code Reviewer"


def test_it_is_deleted_only_with_its_name_typed(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("wrong form")
    agent = crew.add()
    visit(page, f"{agent.path}/details")
    field = page.get_by_label("Type the agent's name to confirm")
    field.fill("Code Rewiever")
    page.get_by_role("button", name="Delete agent").click()
    expect(page.locator(f"#delete-{agent.id}-error")).to_contain_text("Type the agent's name")
    expect(field).to_have_value("Code Rewiever")
    assert agent.now["name"] == "Code Reviewer"
    field.fill("Code Reviewer")
    page.get_by_role("button", name="Delete agent").click()
    expect(page.get_by_role("heading", name="Agents", exact=True)).to_be_visible()
    assert crew.api.get(f"/v1{agent.path}").status_code == 404


@pytest.mark.parametrize("tab", ["", "/activity", "/commands", "/details"])
def test_deleted_elsewhere_it_says_so_and_nothing_can_be_sent(page: Page, crew: Crew, tab: str) -> None:
    agent = crew.add(status="active")
    agent.plan("Read the diff")
    visit(page, agent.path + tab)
    agent.leave()
    expect(page.locator("#agent-gone")).to_contain_text("This agent was deleted")
    expect(page.locator("#main form :is(input, select, textarea, button):not(:disabled)")).to_have_count(0)
    expect(page.locator("#agent-header")).to_contain_text("Code Reviewer")
