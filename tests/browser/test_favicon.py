"""The tab's icon counts who needs me."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.crew import Crew
from tests.support.browser.page import on_page, visit

COUNTED = r"""n => decodeURIComponent(document.querySelector('link[rel="icon"]').getAttribute('href')).includes(`>${n}</text>`)"""
PLAIN = r"""() => document.querySelector('link[rel="icon"]').getAttribute('href').includes('/static/favicon.svg')"""
DRAWN = """async () => {
  const picture = new Image();
  picture.src = document.querySelector('link[rel="icon"]').href;
  await picture.decode();
  return picture.naturalWidth > 0;
}"""


def test_it_counts_live_and_is_plain_again_at_nothing(page: Page, crew: Crew) -> None:
    first, second = crew.add(status="active"), crew.add(status="active")
    visit(page, "/agents")
    on_page(page, PLAIN)
    first.ask("Which?")
    on_page(page, COUNTED, 1)
    second.fail("Broken")
    on_page(page, COUNTED, 2)
    assert page.evaluate(DRAWN), "the browser can draw it under the page's policy"
    first.report(status="active")
    second.report(status="active")
    on_page(page, PLAIN)


def test_it_counts_at_once_on_every_page(page: Page, crew: Crew) -> None:
    crew.add().ask("Which?")
    for path in ("/", "/tasks", "/account"):
        visit(page, path)
        on_page(page, COUNTED, 1)


def test_it_goes_on_in_a_hidden_tab(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    page.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', { value: true });
          Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    agent.ask("Which?")
    on_page(page, COUNTED, 1)
    expect(page).to_have_title("(1) Overview · Fleet")


@pytest.mark.parametrize(("scheme", "fill"), [("light", "#c67600"), ("dark", "#eda829")])
def test_it_follows_the_browsers_own_colours(windows: Windows, crew: Crew, scheme: str, fill: str) -> None:
    crew.add().ask("Which?")
    page = windows.open(color_scheme=scheme)
    visit(page, "/")
    on_page(page, COUNTED, 1)
    assert fill in unquote(page.locator('link[rel="icon"]').get_attribute("href") or "")
