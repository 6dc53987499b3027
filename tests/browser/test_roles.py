"""Nobody is offered what he may not do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.page import visit
from tests.support.browser.roles import Roles, make_token, revoke_token

# Changing nothing: signing out, filtering, closing a dialog.
HARMLESS = "form:not([action$='/logout'], [role=search], [method=dialog], [method=get])"
PATHS = [
    "/",
    "/?view=table",
    "/agents",
    "/agents?view=table",
    "/agents/new",
    "{agent}",
    "{agent}/activity",
    "{agent}/commands",
    "{agent}/details",
    "{error}",
    "{error}/details",
    "/activity",
    "/tasks",
]


@pytest.fixture
def paths(roles: Roles) -> list[str]:
    """Every page of a fleet with something of everything."""
    agent = roles.crew.add(status="active")
    agent.plan("Read the diff")
    agent.hear("Begin")
    agent.ask("Now, or behind a flag?", "Behind a flag", "Now")
    error = roles.crew.add("Dependency Updater", status="active")
    error.fail("npm ci exited with 1")
    roles.crew.add("Translator", status="idle")
    return [path.format(agent=agent.path, error=error.path) for path in PATHS]


def enter(windows: Windows, roles: Roles, role: str) -> Page:
    """A window signed in with that role."""
    return windows.open(roles.tokens[role], roles.server)


def test_a_viewer_sees_everything_and_is_offered_nothing(windows: Windows, roles: Roles, paths: list[str]) -> None:
    page = enter(windows, roles, "viewer")
    for path in paths:
        visit(page, path)
        forms = page.locator(HARMLESS)
        assert forms.count() == 0, f"{path}: {forms.first.evaluate('e => e.outerHTML')}"
        assert page.get_by_role("link", name="Add agent").count() == 0, path
        assert page.get_by_role("link", name="Send command").count() == 0, path
        # A filter's own button is out of sight; it is there for the Enter key.
        assert page.locator("#main button[type=submit]:visible:not([data-apply])").count() == 0, path


def test_a_viewer_is_offered_nothing_by_what_comes_live(windows: Windows, roles: Roles) -> None:
    roles.crew.add("Docs Writer", status="active")
    viewer, admin = enter(windows, roles, "viewer"), enter(windows, roles, "admin")
    visit(viewer, "/")
    visit(admin, "/")
    agent = roles.crew.add("Bug Fixer")
    agent.ask("Which branch?", "main")
    for page in (viewer, admin):
        expect(page.locator(f"#need-{agent.id}")).to_contain_text("Which branch?")
    expect(admin.locator(f"#need-{agent.id} form")).not_to_have_count(0)
    assert viewer.locator(HARMLESS).count() == 0
    visit(viewer, agent.path)
    agent.plan("Read the diff")
    agent.hear("Begin")
    agent.report(progress=30)
    agent.ask("Which branch now?", "main")
    expect(viewer.locator(".question-title")).to_have_text("Which branch now?")
    expect(viewer.locator(".said")).to_contain_text("Begin")
    assert viewer.locator(HARMLESS).count() == 0


def test_an_operator_may_do_everything_but_delete(windows: Windows, roles: Roles, paths: list[str]) -> None:
    page = enter(windows, roles, "operator")
    for path in paths:
        visit(page, path)
        assert page.get_by_role("button", name="Delete agent").count() == 0, path
    visit(page, paths[8])
    expect(page.get_by_role("button", name="Rename")).to_be_visible()
    expect(page.get_by_text("Only administrators can delete agents.")).to_be_visible()
    visit(page, "/")
    page.get_by_role("button", name="Behind a flag").click()
    expect(page.get_by_role("button", name="Behind a flag")).to_have_count(0)


def test_an_administrator_may_delete(windows: Windows, roles: Roles, paths: list[str]) -> None:
    page = enter(windows, roles, "admin")
    visit(page, paths[8])
    expect(page.get_by_role("button", name="Delete agent")).to_be_visible()


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_the_corner_says_who_i_am(windows: Windows, roles: Roles, role: str) -> None:
    page = enter(windows, roles, role)
    page.goto("/agents/new")
    page.locator(".topbar details.menu > summary").click()
    expect(page.locator(".topbar .menu-panel")).to_contain_text(f"{role} person")
    expect(page.locator(".topbar .menu-panel")).to_contain_text(role.capitalize())


def test_what_a_viewer_sends_all_the_same_is_refused_in_words(
    windows: Windows, roles: Roles, paths: list[str], watch: Watch
) -> None:
    watch.allow("refused")
    page = enter(windows, roles, "viewer")
    visit(page, paths[5])
    with page.expect_navigation():
        page.evaluate(
            """path => {
          const form = document.createElement("form");
          form.method = "post"; form.action = `${path}/answer`;
          const field = document.createElement("input");
          field.name = "content"; field.value = "Now"; form.append(field);
          document.body.append(form); form.submit();
        }""",
            paths[5],
        )
    expect(page.locator(".trouble")).to_contain_text("This needs the role operator; you are viewer.")


def test_a_revoked_token_ends_what_is_open(windows: Windows, roles: Roles, watch: Watch) -> None:
    watch.allow("signed out", "network")
    secret = make_token(roles.server, "short", "viewer")
    page = windows.open(secret, roles.server)
    visit(page, "/agents")
    revoke_token(roles.server, "short")
    expect(page.locator("#live-state")).to_have_attribute("data-state", "out")
