"""People, tokens and my account, as people use them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.test_accessibility import in_every_look
from tests.support.api import unique
from tests.support.browser.console import Watch
from tests.support.browser.page import eventually, focused, sideways, visit
from tests.support.browser.roles import PASSWORD, Roles, invite

HOSTILE = "<img src=x onerror=alert(1)> {{7*7}} \u202eevil " + "W" * 50


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def boss(windows: Windows, roles: Roles, request: pytest.FixtureRequest) -> Page:
    """An administrator's window."""
    return come(windows, roles, f"{unique('boss')}@example.net", "admin", java_script_enabled=request.param)


def come(windows: Windows, roles: Roles, email: str, role: str, name: str = "", **more: object) -> Page:
    """The window of somebody who was invited and has come."""
    page = windows.open(None, roles.server, **more)  # type: ignore[arg-type]  # passed through
    page.goto(invite(roles, email, role, name)["link"])
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Main").first).to_be_attached()
    return page


def test_somebody_is_invited_comes_is_raised_and_shut_out(
    windows: Windows, roles: Roles, boss: Page, watch: Watch
) -> None:
    watch.allow("signed out", "network")
    name, email = unique("Kim"), f"{unique('kim')}@example.net"
    boss.goto("/people")
    boss.get_by_label("E-mail").fill(email)
    boss.get_by_label("Name").fill(name)
    boss.get_by_role("radio", name="Viewer").check()
    boss.get_by_role("button", name="Make a link").click()
    link = boss.locator(".panel-secret code").first.inner_text().strip()
    boss.goto("/people")
    assert link not in boss.content()
    kim = windows.open(None, roles.server)
    kim.goto(link)
    expect(kim.get_by_role("heading", name=f"Welcome, {name}")).to_be_visible()
    kim.get_by_label("New password").fill(PASSWORD)
    kim.get_by_role("button", name="Sign in").click()
    visit(kim, "/agents")
    expect(kim.get_by_role("link", name="People")).to_have_count(0)
    boss.get_by_role("link", name=name, exact=True).click()
    boss.get_by_role("radio", name="Operator").check()
    boss.get_by_role("button", name="Save").click()
    expect(boss.locator("#person")).to_contain_text("Saved")
    # Her page reads itself anew: what it offers is an operator's by now.
    expect(kim.get_by_role("link", name="Add agent").first).to_be_visible()
    boss.locator("#person summary").click()
    expect(boss.locator("#person")).to_contain_text(f"{name} will be signed out of 1 browser")
    boss.get_by_role("button", name=f"Shut out {name}").click()
    expect(boss.locator("#person")).to_contain_text("Nothing of theirs works.")
    expect(kim.locator("#live-state")).to_have_attribute("data-state", "out")
    boss.get_by_role("button", name="Let in again").click()
    expect(boss.locator("#person")).to_contain_text("Active")


def test_a_wrong_invitation_keeps_what_was_typed_and_focuses_the_field(boss: Page, watch: Watch) -> None:
    watch.allow("wrong form")
    boss.goto("/people")
    boss.get_by_label("E-mail").fill("not an address")
    boss.get_by_label("Name").fill("Zoë")
    boss.get_by_role("radio", name="Operator").check()
    boss.get_by_role("button", name="Make a link").click()
    expect(boss.locator("#invite-email-error")).to_contain_text("This is not an e-mail address.")
    expect(boss.get_by_label("E-mail")).to_have_value("not an address")
    expect(boss.get_by_label("Name")).to_have_value("Zoë")
    expect(boss.get_by_role("radio", name="Operator")).to_be_checked()
    eventually(lambda: focused(boss.get_by_label("E-mail")))


def test_a_token_is_made_shown_once_and_revoked(boss: Page) -> None:
    boss.goto("/tokens")
    boss.get_by_label("Name").fill("nightly build")
    boss.get_by_role("radio", name="Operator").check()
    boss.get_by_label("Expires").select_option("in 30 d")
    boss.get_by_role("button", name="Make token").click()
    secret = boss.locator(".panel-secret code").first.inner_text().strip()
    assert secret.startswith("flt_")
    expect(boss.locator(".panel-secret code").nth(1)).to_contain_text(f"Bearer {secret}")
    boss.goto("/tokens")
    assert secret not in boss.content()
    row = boss.get_by_role("row", name="nightly build").first
    expect(row).to_contain_text("in 29 d")
    row.locator("summary").click()
    row.get_by_role("button", name="Revoke token").click()
    expect(boss.locator(".roster-ended")).to_contain_text("that ended")


def test_i_change_my_name_and_password_and_sign_out_my_other_browsers(
    windows: Windows, roles: Roles, boss: Page, watch: Watch
) -> None:
    watch.allow("signed out", "wrong form", "network")
    boss.goto("/account")
    email = boss.locator(".facts dd").first.inner_text()
    other = windows.open(None, roles.server)
    other.goto("/login?next=/agents")
    other.get_by_label("E-mail").fill(email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.locator("#live-state").wait_for()
    boss.reload()
    boss.get_by_label("Name").fill("Ada King")
    boss.get_by_role("button", name="Save").click()
    expect(boss.get_by_label("Name")).to_have_value("Ada King")
    boss.get_by_label("Present password").fill("a wrong guess")
    boss.get_by_label("New password").fill("another good one")
    boss.get_by_role("button", name="Change password").click()
    expect(boss.locator("#current_password-error")).to_contain_text("not your present password")
    expect(boss.locator(".item").filter(has_text="Sign out")).to_have_count(2)
    boss.get_by_role("button", name="Sign out all others").click()
    expect(boss.locator(".item").filter(has_text="This browser")).to_have_count(1)
    expect(boss.get_by_role("button", name="Sign out all others")).to_have_count(0)
    expect(other.locator("#live-state")).to_have_attribute("data-state", "out")


def test_an_agents_key_and_an_enrolment_key_are_made_on_the_pages(roles: Roles, boss: Page) -> None:
    agent = roles.crew.add("Keyed")
    boss.goto(f"{agent.path}/details")
    boss.get_by_role("button", name="Make a key").click()
    key = boss.locator(".panel-secret code").first.inner_text().strip()
    expect(boss.locator(".panel-secret code").nth(1)).to_contain_text(f"X-Agent-Key: {key}")
    boss.get_by_role("button", name="Make a new key").click()
    expect(boss.get_by_text("ends in")).to_be_visible()
    boss.goto("/agents/new")
    boss.get_by_role("button", name="Make an enrolment key").click()
    expect(boss.locator(".panel-secret code").nth(2)).to_contain_text("/v1/enrolments")
    agent.leave()


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_is_no_administrator_is_offered_neither_people_nor_keys(windows: Windows, roles: Roles, role: str) -> None:
    agent = roles.crew.add("Keyed")
    page = come(windows, roles, f"{unique(role)}@example.net", role)
    for path in ("/account", "/tokens", "/agents/new", f"{agent.path}/details"):
        visit(page, path)
        assert page.locator("a[href='/people'], a[href='/system']").count() == 0, path
        assert page.get_by_role("button", name="key").count() == 0, path
    visit(page, "/tokens")
    expect(page.get_by_role("radio", name="Admin")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    agent.leave()


@pytest.mark.parametrize("name", ["Ada", HOSTILE], ids=["plain", "hostile"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(windows: Windows, roles: Roles, name: str) -> None:
    page = come(windows, roles, f"{unique('axe')}@example.net", "admin", name)
    link = invite(roles, f"{unique('x')}@{'y' * 90}.example.net", "viewer", name)["link"]
    page.goto("/tokens")
    page.get_by_label("Name").fill(name)
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Make token").click()

    def fits(shown: Page) -> None:
        assert sideways(shown) == 0

    in_every_look(page, "token made", fits)
    page.locator(".ask summary").first.click()
    in_every_look(page, "revoking", fits)
    for path in ("/account", "/people"):
        visit(page, path)
        in_every_look(page, path, fits)
    page.locator(".roster-link").last.click()
    page.locator("#person summary").click()
    in_every_look(page, "person", fits)
    page.context.clear_cookies()
    page.goto(link)
    in_every_look(page, "link", fits)
