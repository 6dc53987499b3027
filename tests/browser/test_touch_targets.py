"""On the phone a finger finds everything: no target under 24 by 24 pixels (WCAG 2.5.8), on any page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Windows
from tests.browser.test_accessibility import few
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import visit

# A target's own box, or that of its label, of what it is stretched over (::after), or of its cell. Links in sentences
# may be as high as their line.
SMALL = """() => {
  const pixels = 23.5;
  const box = (element, pseudo) => {
    const { width, height } = element.getBoundingClientRect();
    const after = pseudo && getComputedStyle(element, "::after");
    if (!after || after.position !== "absolute" || after.content === "none") return [width, height];
    return [Math.max(width, parseFloat(after.width) || 0), Math.max(height, parseFloat(after.height) || 0)];
  };
  const inSentence = (element) => {
    if (getComputedStyle(element).display !== "inline") return false;
    const block = element.closest("p, li, dd, td, div, span.meta");
    const others = block?.textContent.replace(element.textContent, "").trim() ?? "";
    return others.length > 1;
  };
  const fits = (element) => {
    const boxes = [box(element, true), ...[...(element.labels ?? [])].map((label) => box(label))];
    return boxes.some(([width, height]) => width >= pixels && height >= pixels);
  };
  const targets = "a[href], button, summary, input:not([type=hidden]), select, textarea, [role=button]";
  return [...document.querySelectorAll(targets)]
    .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && !element.closest(".visually-hidden, .skip, [inert]") && !element.matches(".visually-hidden")
      && element.getBoundingClientRect().width > 1)
    .filter((element) => !fits(element) && !inSentence(element))
    .map((element) => {
      const { width, height } = element.getBoundingClientRect();
      const name = (element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 40);
      return `${element.tagName.toLowerCase()}.${element.className || element.name} “${name}” ${Math.round(width)}x${Math.round(height)}`;
    });
}"""
PAGES = [
    "/",
    "/?view=table",
    "/agents?view=cards",
    "/agents?view=table",
    "/agents?q=nobody",
    "/agents/new",
    "{agent}",
    "{agent}/activity",
    "{agent}/commands",
    "{agent}/details",
    "/tasks?view=board",
    "/tasks?view=list",
    "/tasks/new",
    "{task}",
    "{task}/edit",
    "/activity",
    "/stops",
    "/stops/new",
    "{stop}",
    "/people",
    "/tokens",
    "/audit",
    "/system",
    "/search?q=a",
    "/account",
    "/agents/nope",
]


def addresses(crew: Crew) -> dict[str, str]:
    """A page of each kind."""
    agent = few(crew)
    crew.add("Long").ask("\n".join(f"Line {n}" for n in range(9)), "Yes")
    task = crew.task("Fix rounding in invoice totals")
    stop: dict[str, Any] = crew.api.post("/v1/stops", json={"kind": "pause"}).json()
    crew.api.post(f"/v1/stops/{stop['id']}/resumption")
    return {"agent": agent.path, "task": f"/tasks/{task['id']}", "stop": f"/stops/{stop['id']}"}


def small(page: Page) -> list[str]:
    """What is too small."""
    return list(page.evaluate(SMALL))


@pytest.fixture
def phone(windows: Windows, crew: Crew) -> Page:  # noqa: ARG001  # around it
    """A phone."""
    return windows.open(wide=390, tall=844, has_touch=True, is_mobile=True)


def test_every_target_of_every_page_is_large_enough(phone: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("not found")
    where = addresses(crew)
    found = {}
    for path in PAGES:
        phone.goto(path.format(**where))
        phone.locator("main").wait_for()
        if few_are := small(phone):
            found[path] = few_are
    assert not found, "\n".join(f"{path}: {few_are}" for path, few_are in found.items())


def test_what_opens_over_a_page_is_large_enough(phone: Page, crew: Crew) -> None:
    few(crew)
    visit(phone, "/")
    phone.locator("details.menu > summary").first.click()
    assert small(phone) == []
    phone.locator("body").press("Escape")
    phone.locator("[data-palette]").first.click()
    phone.locator("#palette-list .found").first.wait_for()
    assert small(phone) == []
