"""A session that ends while a form is open: words for a person, the way back, and what was typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows, sign_in
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import token_field, visit
from tests.support.browser.roles import Roles
from tests.support.serving import DEV_TOKEN

WORDS = "Behind a flag, and tell the team"


@pytest.fixture
def page(windows: Windows, watch: Watch) -> Page:
    """A window of its own: its session ends."""
    watch.allow("signed out")
    return windows.open()


@pytest.fixture
def agent(crew: Crew) -> Member:
    """One that asks."""
    agent = crew.add()
    agent.ask("Migrate now?", "Yes", "No")
    return agent


def end(page: Page) -> None:
    """The session ends somewhere else."""
    page.context.clear_cookies()


def sign_in_again(page: Page, token: str = DEV_TOKEN) -> None:
    """Follow the link, and come back."""
    token_field(page).fill(token)
    page.get_by_role("button", name="Sign in", exact=True).click()


def field_of(page: Page, agent: Member, kind: str) -> Locator:
    return {
        "answer": page.locator(f"#answer-{agent.id}"),
        "command": page.locator(f"#composer-{agent.id}"),
        "feedback": page.locator(f"#composer-{agent.id}-feedback"),
        "todo": page.locator(f"#todo-text-{agent.id}"),
        "rename": page.locator(f"#rename-{agent.id}"),
        "new task": page.locator("#task-description"),
        "token": page.locator("#token-name"),
        "person": page.locator("#invite-name"),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("answer", "/"),
        ("answer", "{agent}"),
        ("command", "{agent}"),
        ("feedback", "{agent}/commands"),
        ("todo", "{agent}"),
    ],
)
def test_words_that_could_not_be_sent_come_back_with_the_same_person(
    windows: Windows, page: Page, agent: Member, kind: str, path: str
) -> None:
    where = path.format(agent=agent.path)
    visit(page, where)
    field = field_of(page, agent, kind)
    field.fill(WORDS)
    end(page)
    field.press("Control+Enter" if kind != "todo" else "Enter")

    link = page.get_by_role("link", name="Sign in to send this")
    expect(link).to_be_visible()
    expect(page.locator("[data-error]:not(:empty)").first).to_contain_text(
        "Your session has ended. Sign in to send this; your words are kept."
    )
    expect(field).to_have_value(WORDS)
    link.click()
    sign_in_again(page)
    expect(page).to_have_url(f"{windows.server.url}{where}")
    expect(field).to_have_value(WORDS)
    assert agent.commands == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [("rename", "{agent}/details"), ("new task", "/tasks/new"), ("token", "/tokens"), ("person", "/people")],
)
def test_a_form_that_loads_its_page_anew_leads_to_the_door_and_back(
    page: Page, agent: Member, kind: str, path: str
) -> None:
    visit(page, path.format(agent=agent.path))
    field = field_of(page, agent, kind)
    field.fill(WORDS)
    end(page)
    field.locator("xpath=ancestor::form").locator("button[type=submit]").last.click()

    expect(page.locator(".login-ended")).to_contain_text("Your session has ended")
    expect(page.locator("[data-words-kept]")).to_be_visible()
    sign_in_again(page)
    expect(field).to_have_value(WORDS)


def test_a_task_begun_at_the_side_comes_back_at_the_side(page: Page, crew: Crew) -> None:
    crew.add()
    visit(page, "/tasks")
    page.get_by_role("link", name="New task").first.click()
    panel = page.get_by_role("dialog", name="New task")
    panel.get_by_label("Title").fill("Rotate keys")
    panel.get_by_label("Description").fill(WORDS)
    end(page)
    panel.get_by_label("Description").press("Control+Enter")
    panel.get_by_role("link", name="Sign in to send this").click()
    sign_in_again(page)

    expect(panel.get_by_label("Title")).to_have_value("Rotate keys")
    expect(panel.get_by_label("Description")).to_have_value(WORDS)


def test_signed_out_by_the_live_indicator_the_words_come_back_too(page: Page, agent: Member) -> None:
    visit(page, agent.path)
    field = field_of(page, agent, "command")
    field.fill(WORDS)
    end(page)
    page.evaluate("() => dispatchEvent(new Event('offline'))")
    page.get_by_role("link", name="Signed out: sign in").click()
    sign_in_again(page)
    expect(field).to_have_value(WORDS)
    page.reload()
    assert page.evaluate("() => sessionStorage.getItem('fleet.kept')") is None


def test_what_was_sent_is_kept_nowhere(page: Page, agent: Member) -> None:
    visit(page, f"{agent.path}/details")
    field = field_of(page, agent, "rename")
    field.fill("Another name")
    field.press("Enter")
    expect(page.get_by_role("heading", name="Another name")).to_be_visible()
    assert page.evaluate("() => sessionStorage.getItem('fleet.kept')") is None


def test_another_person_sees_nothing_of_it(windows: Windows, roles: Roles, watch: Watch) -> None:
    watch.allow("signed out", "network")
    agent = roles.crew.add()
    page = windows.open(roles.tokens["operator"], roles.server)
    visit(page, agent.path)
    field = page.locator(f"#composer-{agent.id}")
    field.fill(WORDS)
    end(page)
    field.press("Control+Enter")
    page.get_by_role("link", name="Sign in to send this").click()
    sign_in_again(page, roles.tokens["admin"])
    expect(field).to_have_value("")
    assert page.evaluate("() => Object.values(sessionStorage).join()").count(WORDS) == 0


def test_passwords_and_tokens_are_never_kept(windows: Windows, roles: Roles, watch: Watch) -> None:
    watch.allow("signed out", "network")
    page = windows.open(server=roles.server, token=roles.tokens["operator"])
    visit(page, "/tasks")
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          form.method = "post";
          form.action = "/account/password";
          form.innerHTML = `<input name="a" type="password" id="secret" value=""><button data-reveal="secret" type="button"></button>
            <input name="token"><input name="target" type="url"><input name="name">`;
          document.getElementById("main").append(form);
          for (const field of form.querySelectorAll("input")) field.value = "https://hunter2";
          form.querySelector("#secret").type = "text"; // looked at
          form.elements.name.value = "harmless";
          fleetKept.keep();
        }"""
    )
    kept = page.evaluate("() => sessionStorage.getItem('fleet.kept')")
    assert "harmless" in kept
    assert "hunter2" not in kept


def test_without_scripts_the_door_leads_back_too(windows: Windows, watch: Watch) -> None:
    watch.allow("signed out")
    page = windows.open(java_script_enabled=False)
    page.goto("/tokens")
    page.locator("#token-name").fill("nightly")
    end(page)
    page.get_by_role("button", name="Make token").click()
    expect(page.locator(".login-ended")).to_contain_text("Your session has ended")
    sign_in(page.context, DEV_TOKEN)
    page.reload()
    expect(page).to_have_url(f"{windows.server.url}/tokens")
