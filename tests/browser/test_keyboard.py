"""Everything can be reached and done by keyboard, and what has the focus shows it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, on_page, token_field, visit

# Everything that a mouse can use, as what tells one from another.
REACHABLE = """() => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.disabled;
  const names = new Set();
  const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]');
  window.reachable = [...all].filter(shown);
  return window.reachable.length;
}"""
HERE = """() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const around = e.closest('label, .field-box, .composer, .option');
  const marks = s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
  return {place: window.reachable.indexOf(e), what: e.outerHTML.slice(0, 160), body: e === document.body,
          radio: e.type === 'radio',
          visible: marks(style) || marks(getComputedStyle(e, '::after'))
            || (around !== null && marks(getComputedStyle(around)))};
}"""


def furnished(crew: Crew) -> str:
    """A fleet with something of everything; returns the path of the agent with the most on its page."""
    agent = crew.add(status="active", hostname="web-01")
    agent.plan("Read the diff", "Run the tests")
    agent.hear("Begin")
    agent.ask("Now, or behind a flag?", "Behind a flag", "Now")
    crew.add("Dependency Updater").fail("npm ci exited with 1")
    crew.add("Translator", status="idle")
    return agent.path


def walk(page: Page, key: str = "Tab", most: int = 160) -> list[dict[str, Any]]:
    """Press the key until the focus leaves the page; where it was each time."""
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press(key)
        here = page.evaluate(HERE)
        if here["body"] or (here["place"] >= 0 and any(here["place"] == stop["place"] for stop in stops)):
            return stops
        stops.append(here)
    raise AssertionError(f"the focus never leaves the page: {stops[-3:]}")


PATHS = [
    "/",
    "/agents?view=cards",
    "/agents?view=table",
    "/agents/new",
    "{agent}",
    "{agent}/commands",
    "{agent}/details",
]


@pytest.mark.parametrize("path", PATHS)
def test_tab_reaches_everything_in_order_and_shows_where_it_is(page: Page, crew: Crew, path: str) -> None:
    agent = furnished(crew)
    visit(page, path.format(agent=agent))
    count = page.evaluate(REACHABLE)
    stops = walk(page)
    places = [stop["place"] for stop in stops if stop["place"] >= 0]
    unseen = [stop["what"] for stop in stops if not stop["visible"]]
    assert not unseen, f"focus without a mark: {unseen}"
    # Of a group of radio buttons Tab reaches one.
    radios = page.locator("input[type=radio]").count()
    groups = 1 if radios else 0
    assert len(set(places)) == count - max(0, radios - groups)
    moving = [place for place, stop in zip(places, stops, strict=False) if not stop["radio"]]
    assert moving == sorted(moving), "the order of the focus is not the order of the page"


def test_the_first_tab_offers_to_skip_to_the_content(page: Page, crew: Crew) -> None:
    agent = furnished(crew)
    for path in ("/", "/agents", agent):
        visit(page, path)
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to content")
        assert focused(skip)
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        on_page(page, "() => document.activeElement.id === 'main'")
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.getElementById('main').contains(document.activeElement)")


def test_the_login_page_can_be_used_by_keyboard_alone(windows: Windows, crew: Crew) -> None:  # noqa: ARG001
    page = windows.open(None)
    page.goto("/login")
    page.evaluate(REACHABLE)
    stops = walk(page)
    assert all(stop["visible"] for stop in stops), stops
    token_field(page).focus()
    page.keyboard.type("fleet-agent-token-123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No agents yet")).to_be_visible()


def test_escape_closes_menus_and_gives_the_focus_back(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    [todo] = agent.plan("Read the diff")
    visit(page, agent.path)
    for menu in (page.locator(".topbar details.menu"), page.locator(f"#todo-{todo['id']} details")):
        summary = menu.locator("summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(menu).to_have_attribute("open", "")
        page.keyboard.press("Tab")
        assert menu.evaluate("e => e.contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        assert focused(summary)


def test_leaving_a_menu_closes_it(page: Page, crew: Crew) -> None:
    crew.add(status="active")
    visit(page, "/")
    menu = page.locator(".topbar details.menu")
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    page.get_by_role("heading", name="Overview").click()
    expect(menu).not_to_have_attribute("open", "")


def test_shift_tab_walks_back_the_same_way(page: Page, crew: Crew) -> None:
    furnished(crew)
    visit(page, "/")
    page.evaluate(REACHABLE)
    there = [stop["place"] for stop in walk(page)]
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.evaluate("() => window.reachable.at(-1).focus()")
    back = [stop["place"] for stop in walk(page, "Shift+Tab")]
    assert back[: len(there) - 1] == there[-2::-1]


def test_a_radio_is_chosen_by_arrows_and_sent_by_ctrl_enter(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Now, or behind a flag?", "Behind a flag", "Now")
    visit(page, agent.path)
    page.get_by_role("radio", name="Behind a flag").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Now", exact=True)).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#agent-question")).to_contain_text("Answer sent")
    assert [command["content"] for command in agent.commands] == ["Now"]


def test_a_scrolling_conversation_can_be_scrolled_by_keyboard(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    for n in range(30):
        agent.hear(f"Instruction {n}")
    visit(page, agent.path)
    region = page.get_by_role("region", name="Commands, oldest first")
    region.focus()
    # It begins at its end, which is where the newest stands.
    assert page.evaluate("() => document.activeElement.scrollTop") == 0
    page.keyboard.press("Home")
    on_page(page, "() => document.activeElement.scrollTop < -100")
    page.keyboard.press("End")
    on_page(page, "() => document.activeElement.scrollTop === 0")
