"""Getting in, and out again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.crew import Crew
from tests.browser.watching import Watch
from tests.serving import DEV_TOKEN, Served, served


@pytest.fixture
def door(windows: Windows, crew: Crew) -> Page:
    """A window that is not signed in, before a fleet with one agent."""
    crew.add(status="active")
    return windows.open(None)


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server at its first start, which prints a one-time link."""
    with served(tmp_path_factory.mktemp("first"), "--log-level", "info") as running:
        yield running


def test_a_token_signs_in(door: Page) -> None:
    door.goto("/")
    expect(door).to_have_title("Sign in · Fleet")
    door.get_by_label("Access token").fill(f"  {DEV_TOKEN} ")
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("heading", name="Overview")).to_be_visible()
    [cookie] = [cookie for cookie in door.context.cookies() if "session" in cookie["name"]]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert DEV_TOKEN not in cookie["value"]


def test_a_wrong_token_is_told_at_the_field(door: Page, watch: Watch) -> None:
    watch.allow("signed out")
    door.goto("/agents")
    field = door.get_by_label("Access token")
    field.fill("flt_wrong")
    door.get_by_role("button", name="Sign in").click()
    expect(door.locator("#token-error")).to_contain_text("not known here")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("")
    field.fill(DEV_TOKEN)
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("heading", name="Agents", exact=True)).to_be_visible()


def test_the_token_can_be_looked_at(door: Page) -> None:
    door.goto("/login")
    field = door.get_by_label("Access token")
    field.fill("flt_something")
    door.get_by_role("button", name="Show the token").click()
    expect(field).to_have_attribute("type", "text")
    door.locator("[data-reveal]").click()
    expect(field).to_have_attribute("type", "password")


@pytest.mark.parametrize("path", ["/agents?view=table&state=active", "/agents/new", "/?view=table"])
def test_it_comes_back_to_the_page_that_was_asked_for(door: Page, path: str) -> None:
    door.goto(path)
    door.get_by_label("Access token").fill(DEV_TOKEN)
    door.get_by_role("button", name="Sign in").click()
    door.locator("#live-state").wait_for()
    assert door.url.endswith(path)


@pytest.mark.parametrize(
    "elsewhere", ["//example.com/", "https://example.com/", "/\\example.com", "javascript:alert(1)"]
)
def test_it_never_goes_elsewhere(door: Page, elsewhere: str) -> None:
    door.goto(f"/login?next={elsewhere}")
    door.get_by_label("Access token").fill(DEV_TOKEN)
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_one_time_link_asks_for_one_click_and_works_once(
    windows: Windows, first_start: Served, watch: Watch
) -> None:
    watch.allow("signed out")
    found = re.search(r"/login\?link=\S+", first_start.log)
    assert found, first_start.log
    link = found[0]
    first, second = windows.open(None, first_start), windows.open(None, first_start)
    # Looking at it (a chat's preview does that) does not spend it.
    for _ in range(2):
        first.goto(link)
        expect(first.get_by_text("works once")).to_be_visible()
    second.goto(link)
    first.get_by_role("button", name="Sign in").click()
    expect(first.get_by_role("heading", name="No agents yet")).to_be_visible()
    assert "link=" not in first.url
    second.get_by_role("button", name="Sign in").click()
    expect(second.get_by_role("alert").first).to_contain_text("This link has been used")


def test_who_is_signed_in_is_not_asked_again(door: Page) -> None:
    door.goto("/login")
    door.get_by_label("Access token").fill(DEV_TOKEN)
    door.get_by_role("button", name="Sign in").click()
    door.locator("#live-state").wait_for()
    door.goto("/login?next=/agents")
    expect(door.get_by_role("heading", name="Agents", exact=True)).to_be_visible()


def test_signing_out_ends_the_session(windows: Windows, crew: Crew) -> None:
    page = windows.open()
    crew.add(status="active")
    page.goto("/")
    kept = page.context.cookies()
    page.locator(".topbar details.menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Fleet")).to_be_visible()
    page.go_back()
    page.goto("/agents")
    expect(page.get_by_role("heading", name="Sign in to Fleet")).to_be_visible()
    page.context.add_cookies(kept)  # type: ignore[arg-type]  # what it gave is what it takes
    page.goto("/agents")
    expect(page.get_by_role("heading", name="Sign in to Fleet")).to_be_visible()


def test_a_page_that_is_not_there_says_so(page: Page, watch: Watch) -> None:
    watch.allow("not found")
    for path in ("/nowhere", "/agents/agt_unknown", "/agents/agt_unknown/details"):
        page.goto(path)
        expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
        expect(page.get_by_role("link", name="Go to the overview")).to_be_visible()
