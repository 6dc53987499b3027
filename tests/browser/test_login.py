"""Getting in, and out again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, token_field
from tests.support.browser.roles import PASSWORD, Roles, invite
from tests.support.serving import DEV_TOKEN, Served, served


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
    token_field(door).fill(f"  {DEV_TOKEN} ")
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("heading", name="Overview")).to_be_visible()
    [cookie] = [cookie for cookie in door.context.cookies() if "session" in cookie["name"]]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert DEV_TOKEN not in cookie["value"]


def test_with_dev_one_click_leads_to_the_page_that_was_asked_for(door: Page) -> None:
    door.goto("/tasks")
    door.get_by_role("button", name="Continue as developer").click()
    expect(door.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    door.goto("/")
    expect(door.get_by_role("heading", name="Overview")).to_be_visible()


def test_without_dev_there_is_no_such_button_and_the_first_account_is_told_of(
    windows: Windows, first_start: Served
) -> None:
    door = windows.open(None, first_start)
    door.goto("/login")
    expect(door.get_by_text("No accounts yet.")).to_be_visible()
    expect(door.get_by_text("fleet user add you@example.net --role admin")).to_be_visible()
    expect(door.get_by_role("button", name="Continue as developer")).to_have_count(0)


def test_a_wrong_token_is_told_at_the_field(door: Page, watch: Watch) -> None:
    watch.allow("signed out")
    door.goto("/agents")
    field = token_field(door)
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
    field = token_field(door)
    field.fill("flt_something")
    door.get_by_role("button", name="Show what is typed").click()
    expect(field).to_have_attribute("type", "text")
    door.locator("[data-reveal]").click()
    expect(field).to_have_attribute("type", "password")


@pytest.mark.parametrize("path", ["/agents?view=table&state=active", "/agents/new", "/?view=table"])
def test_it_comes_back_to_the_page_that_was_asked_for(door: Page, path: str) -> None:
    door.goto(path)
    token_field(door).fill(DEV_TOKEN)
    door.get_by_role("button", name="Sign in").click()
    door.locator("#live-state").wait_for()
    assert door.url.endswith(path)


@pytest.mark.parametrize(
    "elsewhere", ["//example.com/", "https://example.com/", "/\\example.com", "javascript:alert(1)"]
)
def test_it_never_goes_elsewhere(door: Page, elsewhere: str) -> None:
    door.goto(f"/login?next={elsewhere}")
    token_field(door).fill(DEV_TOKEN)
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("heading", name="Overview")).to_be_visible()


def test_the_first_starts_link_makes_the_first_administrator_and_works_once(
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
    for page, name in ((first, "Ada"), (second, "Eve")):
        page.get_by_label("Name").fill(name)
        page.get_by_label("E-mail").fill(f"{name.lower()}@example.net")
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    expect(first.get_by_role("heading", name="No agents yet")).to_be_visible()
    assert "link=" not in first.url
    expect(second.get_by_role("alert").filter(has_text="This link has been used")).to_be_visible()


def test_how_much_of_a_password_is_missing_is_said_while_it_is_typed(windows: Windows, roles: Roles) -> None:
    page = windows.open(None, roles.server)
    page.goto(invite(roles, "kim@example.net")["link"])
    field, said = page.get_by_label("New password"), page.locator(".length-said")
    field.press_sequentially("horse")
    expect(said).to_have_text("7 more characters")
    field.press_sequentially(" battery")
    expect(said).to_have_text("Long enough")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#live-state").wait_for()


def test_a_wrong_password_is_told_at_the_field_with_what_is_left_and_then_comes_a_pause(
    windows: Windows, roles: Roles, watch: Watch
) -> None:
    watch.allow("signed out", "pause")
    page = windows.open(None, roles.server)
    page.goto("/login")
    for left in ("4 tries left", "3 tries left", "2 tries left", "1 try left", "Now comes a pause"):
        page.get_by_label("E-mail").fill("nobody@example.net")
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#password-error")).to_contain_text(left)
        assert focused(page.get_by_label("Password"))
        expect(page.get_by_label("E-mail")).to_have_value("nobody@example.net")
        # How the first account is made, where there is none yet.
        help_for_me = re.compile("fleet user (link|add) nobody@example.net")
        expect(page.locator(".login-help code").last).to_contain_text(help_for_me)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".login-pause")).to_contain_text("Try again in 5 min.")
    expect(page.locator("#password-error")).to_be_empty()


def test_a_password_manager_finds_what_it_needs(windows: Windows, roles: Roles) -> None:
    page = windows.open(None, roles.server)
    page.goto("/login")
    filled = "e => [e.name, e.autocomplete]"
    assert page.locator(".login-form .input").evaluate_all(f"all => all.map({filled})") == [
        ["email", "username"],
        ["password", "current-password"],
    ]
    page.goto(invite(roles, "lee@example.net")["link"])
    assert page.locator(".login-form .input").evaluate_all(f"all => all.map({filled})") == [
        ["", "username"],
        ["password", "new-password"],
    ]


def test_who_is_signed_in_is_not_asked_again(door: Page) -> None:
    door.goto("/login")
    token_field(door).fill(DEV_TOKEN)
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
