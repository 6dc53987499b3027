"""axe finds nothing on any page, in light and dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import live, token_field

AXE = Axe()
LOOKS = [(theme, wide) for theme in ("light", "dark") for wide in (1440, 390)]
STATUSES = ("active", "idle", "error", "warning", "finished", "waiting_feedback")


def nothing(crew: Crew) -> None:
    """An empty fleet."""


def few(crew: Crew) -> Member:
    """Something of everything; returns the agent with the most on its page."""
    for status in STATUSES:
        crew.add(f"Agent that is {status}", status=status, hostname="web-01", current_task="Task", progress=40)
    crew.add("Answered").ask("Which?")
    agent = crew.add(status="active", tags=["python"], capabilities=["review"], lines_added=12, lines_removed=4)
    first, second = agent.plan("Read the diff", "Run the tests")
    agent.call("PATCH", f"/todos/{first['id']}", {"completed": True})
    agent.call("PATCH", f"/todos/{second['id']}", {"current": True})
    for kind in ("info", "commit", "warning", "question", "odd"):
        agent.say(f"A line of type {kind}", kind)
    for message in ("Ran pytest: 44 passed", "Ran pytest: 1 failed"):
        agent.say(message, "test")
    for priority, title in {"low": "Write the guide", "urgent": "Fix rounding"}.items():
        crew.task(title, priority=priority, labels=["billing"])
    agent.respond(agent.hear("Begin"), "Understood.")
    agent.hear("Is it done?", "question")
    agent.call("DELETE", f"/commands/{agent.hear('Stop')}")
    agent.ask("Now, or behind a flag?\nIt locks the table.", "Behind a flag", "Now")
    return agent


def many(crew: Crew) -> None:
    """So many that they stand in a table."""
    few(crew)
    crew.many(24, status="active", hostname="web-01")


def calm(crew: Crew) -> Member:
    """One agent without a question, in error."""
    agent = crew.add(status="active")
    agent.fail("npm ci exited with 1")
    return agent


PAGES: list[tuple[str, str, Callable[[Crew], Member | None]]] = [
    ("overview-empty", "/", nothing),
    ("overview-few", "/", few),
    ("overview-many", "/", many),
    ("agents-cards", "/agents?view=cards", few),
    ("agents-table", "/agents?view=table", many),
    ("agents-none-match", "/agents?q=nobody", few),
    ("agents-empty", "/agents", nothing),
    ("agents-new", "/agents/new", nothing),
    ("agent-question", "{agent}", few),
    ("agent-error", "{agent}", calm),
    ("agent-activity", "{agent}/activity", few),
    ("agent-commands", "{agent}/commands", few),
    ("agent-details", "{agent}/details", few),
    ("system", "/system", nothing),
    ("audit", "/audit", few),
    ("audit-progress", "/audit?progress=show", few),
    ("audit-only-progress", "/audit?action=&q=logged&actor=token", few),
    ("audit-none-match", "/audit?q=nobody-did-this&result=refused&subject=agt_x", nothing),
    ("people-empty", "/people", nothing),
    ("tokens-empty", "/tokens", nothing),
    ("account-of-nobody", "/account", nothing),
    ("activity", "/activity", few),
    ("activity-of-days", "/activity?since=2026-01-01&until=2099-01-01", few),
    ("activity-empty", "/activity", nothing),
    ("tasks", "/tasks", few),
    ("tasks-empty", "/tasks", nothing),
    ("not-found", "/agents/agt_unknown", nothing),
]


# By name: their tag brings rules of level AAA too, which axe leaves out by itself.
OF_COLOUR = ("color-contrast", "link-in-text-block")


def inspect(page: Page, *, where: str, only: tuple[str, ...] = ()) -> None:
    """Fail with axe's report when it finds anything; `only` names its rules."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.axe_script)
    options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": list(only)}} if only else {})
    found = AxeResults(page.evaluate("options => axe.run(options)", options))
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"


def in_every_look(page: Page, name: str, ready: Callable[[Page], None]) -> None:
    """Inspect the open page in each theme and width; the dark one differs from the light one by colour only."""
    for theme, wide in LOOKS:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of its words
        page.set_viewport_size({"width": wide, "height": 900})
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        ready(page)
        inspect(page, where=f"{name} {theme} {wide}", only=OF_COLOUR if theme == "dark" else ())


@pytest.mark.parametrize(("name", "path", "furnish"), PAGES, ids=[page[0] for page in PAGES])
def test_axe_finds_nothing(
    page: Page, crew: Crew, watch: Watch, name: str, path: str, furnish: Callable[[Crew], Member | None]
) -> None:
    if name == "not-found":
        watch.allow("not found")
    agent = furnish(crew)
    page.goto(path.format(agent=agent.path if agent else ""))
    live(page)
    in_every_look(page, name, live)


def test_axe_finds_nothing_in_what_is_unfolded(page: Page, crew: Crew) -> None:
    agent = few(crew)
    page.goto("/")
    page.locator("details.quiet > summary").click()
    inspect(page, where="quiet agents")
    page.locator(".topbar details.menu > summary").click()
    inspect(page, where="menu")
    page.goto(agent.path)
    page.locator(".todo-more > summary").first.click()
    inspect(page, where="deleting a todo")


def test_axe_finds_nothing_on_the_page_of_a_deleted_agent(page: Page, crew: Crew) -> None:
    agent = few(crew)
    page.goto(agent.path)
    live(page)
    agent.leave()
    expect(page.locator("#agent-gone")).to_be_visible()
    inspect(page, where="deleted agent")


@pytest.mark.parametrize("path", ["/login", "/login?token"])
@pytest.mark.parametrize("wrong", [False, True], ids=["login", "login-error"])
def test_axe_finds_nothing_at_the_door(windows: Windows, watch: Watch, path: str, *, wrong: bool) -> None:
    watch.allow("signed out")
    page = windows.open(None)
    page.goto(path)
    if wrong:
        token_field(page).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("#token-error")).not_to_be_empty()
    in_every_look(page, "login", lambda _: None)


def test_states_are_told_by_shape_and_word_too(page: Page, crew: Crew) -> None:
    few(crew)
    page.goto("/agents?view=cards")
    states = page.locator(".agent-card .state")
    words = set(states.locator(".state-word").all_inner_texts())
    shapes = states.locator("use").evaluate_all("all => all.map(e => e.getAttribute('href').split('#')[1])")
    assert {"Waiting for you", "Error", "Active", "Idle", "Warning", "Finished"} <= words
    assert len(set(shapes)) == len(words)


def test_who_wants_less_motion_sees_none(page: Page, crew: Crew) -> None:
    crew.add(status="active")
    page.emulate_media(reduced_motion="reduce")
    page.goto("/agents")
    halo = page.locator(".mark-active").first.evaluate("e => getComputedStyle(e, '::before').animationName")
    assert halo == "none"
